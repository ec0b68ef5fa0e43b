using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Apiax.Cli;

/// <summary>The results as one JSON document. Names must not change; new ones may be added.</summary>
internal static class CheckDocument
{
    // It is not used in HTML: an apostrophe need not be escaped.
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(IReadOnlyList<(Link Link, Finding Finding)> findings, Link? broken) => new JsonObject
    {
        ["exitCode"] = broken is { } first ? (int)first : ExitCodes.Success,
        ["broken"] = broken?.Key(),
        ["links"] = new JsonArray([.. findings.Select(found => Entry(found.Link, found.Finding))]),
    }.ToJsonString(Format);

    private static JsonObject Entry(Link link, Finding finding) => new()
    {
        ["link"] = link.Key(),
        ["state"] = finding.State switch
        {
            LinkState.Ok => "ok",
            LinkState.Broken => "broken",
            _ => "not checked",
        },
        ["finding"] = finding.Text,
        ["remedy"] = finding.Remedy,
        ["details"] = new JsonObject(finding.Details.Select(detail => KeyValuePair.Create(detail.Key, JsonSerializer.SerializeToNode(detail.Value)))),
    };
}
