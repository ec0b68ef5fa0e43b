using System.Globalization;
using System.Text;

namespace Apiax.Http.Handlers.Simulation;

/// <summary>Operations a second over replicas, both logarithmic, as an SVG.</summary>
internal static class Plot
{
    private const int Left = 70;
    private const int Bottom = 330;
    private const int Width = 480;
    private const int Height = 280;
    private static readonly string[] Colours = ["#0969da", "#1a7f37", "#bc4c00"];

    public static string Of(IReadOnlyList<Finding> findings)
    {
        var svg = new StringBuilder();
        Add(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 390" font-family="sans-serif" font-size="12">""");
        Add(svg, $"""<rect width="760" height="390" fill="white"/>""");
        Add(svg, $"""<text x="{Left}" y="24" font-size="14">Redis operations a second, by replicas and token life</text>""");
        for (var power = 0; power <= 4; power++)
            Add(svg, $"""<line x1="{X(Math.Pow(10, power))}" y1="{Bottom}" x2="{X(Math.Pow(10, power))}" y2="{Bottom - Height}" stroke="#ddd"/><text x="{X(Math.Pow(10, power))}" y="{Bottom + 18}" text-anchor="middle">{Math.Pow(10, power):N0}</text>""");
        for (var power = -2; power <= 4; power++)
            Add(svg, $"""<line x1="{Left}" y1="{Y(Math.Pow(10, power))}" x2="{Left + Width}" y2="{Y(Math.Pow(10, power))}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(Math.Pow(10, power)) + 4}" text-anchor="end">{Math.Pow(10, power):#,0.##}</text>""");

        Add(svg, $"""<text x="{Left + (Width / 2)}" y="{Bottom + 40}" text-anchor="middle">replicas</text>""");
        var legend = 70;
        foreach (var (life, colour) in findings.GroupBy(finding => finding.TokenLifetime).Zip(Colours))
        {
            Line(svg, life.Select(finding => (finding.Replicas, (double)finding.Peak)), colour, "");
            Line(svg, life.Select(finding => (finding.Replicas, finding.Operations)), colour, """ stroke-dasharray="5 4" """);
            Add(svg, $"""<line x1="570" y1="{legend}" x2="600" y2="{legend}" stroke="{colour}" stroke-width="2"/><text x="608" y="{legend + 4}">{life.Key.TotalSeconds:0} s: busiest second</text>""");
            Add(svg, $"""<line x1="570" y1="{legend + 20}" x2="600" y2="{legend + 20}" stroke="{colour}" stroke-width="2" stroke-dasharray="5 4"/><text x="608" y="{legend + 24}">{life.Key.TotalSeconds:0} s: on average</text>""");
            legend += 50;
        }

        Add(svg, $"</svg>");
        return svg.ToString();
    }

    private static void Line(StringBuilder svg, IEnumerable<(int Replicas, double Value)> points, string colour, string style) => Add(
        svg, $"""<polyline fill="none" stroke="{colour}" stroke-width="2"{style} points="{string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Replicas):0.#},{Y(point.Value):0.#}")))}"/>""");

    private static double X(double replicas) => Left + (Width * Math.Log10(replicas) / 4);

    private static double Y(double value) => Bottom - (Height * (Math.Log10(Math.Max(value, 0.01)) + 2) / 6);

    private static void Add(StringBuilder svg, FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
