namespace Apiax.Http.Handlers.Testing;

/// <summary>An Apiax in the process of a test.</summary>
public sealed class ApiaxSandbox;
