namespace Apiax.Http.Handlers.Demo;

/// <summary>A promise of the library, and its check.</summary>
/// <param name="Title">What happens.</param>
/// <param name="Claim">The expected result.</param>
/// <param name="RunAsync">Runs the step and counts, on the server's side if possible.</param>
internal sealed record Step(string Title, string Claim, Func<Task<Finding>> RunAsync);

/// <summary>The result, and whether it is the expected one.</summary>
internal sealed record Finding(bool IsMet, string Counted);
