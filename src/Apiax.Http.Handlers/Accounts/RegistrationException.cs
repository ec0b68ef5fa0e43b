namespace Apiax.Http.Handlers;

/// <summary>What the application registered cannot work. The message says what to write instead.</summary>
internal sealed class RegistrationException(string message) : InvalidOperationException(message);
