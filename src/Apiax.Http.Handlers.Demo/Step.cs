namespace Apiax.Http.Handlers.Demo;

/// <summary>One thing that the library promises, and the check that it holds.</summary>
/// <param name="Title">What happens.</param>
/// <param name="Claim">What must come of it.</param>
/// <param name="RunAsync">Makes it happen and counts, on the server's side wherever the server can know.</param>
internal sealed record Step(string Title, string Claim, Func<Task<Finding>> RunAsync);

/// <summary>What was counted, and whether it is what was claimed.</summary>
internal sealed record Finding(bool IsMet, string Counted);
