namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>What a scenario found: tables in Markdown, and goals.</summary>
internal sealed class Report(TextWriter output)
{
    private readonly List<Goal> _goals = [];

    public IReadOnlyList<Goal> Goals => _goals;

    /// <summary>Whether no byte or count is over its limit.</summary>
    public bool GatesHold => _goals.TrueForAll(goal => goal.IsMet || goal.Kind is GoalKind.Time);

    public void Gate(int number, string what, string figure, string bar, bool isMet) => _goals.Add(new Goal(number, what, figure, bar, isMet, GoalKind.Gate));

    public void Time(int number, string what, string figure, string bar, bool isMet) => _goals.Add(new Goal(number, what, figure, bar, isMet, GoalKind.Time));

    public void Title(string title) => output.WriteLine($"\n### {title}\n");

    public void Line(string text) => output.WriteLine(text);

    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        output.WriteLine($"| {string.Join(" | ", columns)} |");
        output.WriteLine($"|{string.Concat(columns.Select(_ => "---|"))}");
        foreach (var row in rows)
            output.WriteLine($"| {string.Join(" | ", row)} |");
    }

    public void TableOfGoals()
    {
        Title("Goals");
        Table(
            ["goal", "", "figure", "bar", "met"],
            _goals.OrderBy(goal => goal.Number).Select(goal => (string[])[$"{goal.Number}", goal.What, goal.Figure, goal.Bar, goal.IsMet ? "yes" : goal.Kind is GoalKind.Gate ? "**NO**" : "no"]));
    }
}
