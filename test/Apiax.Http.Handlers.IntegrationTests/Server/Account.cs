namespace Apiax.Http.Handlers.IntegrationTests;

/// <summary>The one user that the authorization server knows.</summary>
internal sealed class Account
{
    private volatile string _password = "correct horse";

    public string Username { get; } = "anna";

    public string Password
    {
        get => _password;
        set => _password = value;
    }

    public bool Accepts(string? username, string? password) => username == Username && password == _password;
}
