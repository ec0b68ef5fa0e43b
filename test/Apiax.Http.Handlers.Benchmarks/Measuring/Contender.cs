namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>An operation that can be repeated any number of times.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="RunAsync">Repeats it this number of times.</param>
internal sealed record Contender(string Name, Func<int, Task> RunAsync)
{
    public static Contender Repeating(string name, Func<Task> operation) => new(name, async count =>
    {
        for (var i = 0; i < count; i++)
            await operation();
    });
}
