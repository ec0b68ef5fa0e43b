namespace Apiax.Http.Handlers.Testing;

/// <summary>A check of one rule of <see cref="ITokenStore"/>.</summary>
public sealed class TokenStoreCheck
{
    private readonly Func<TokenStoreCheckContext, Task> _run;

    internal TokenStoreCheck(string name, Func<TokenStoreCheckContext, Task> run)
    {
        Name = name;
        _run = run;
    }

    /// <summary>The rule, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Runs the check on a new account.</summary>
    /// <param name="store">The store.</param>
    /// <param name="pass">Lets time pass on the store's clock: a delay on a real clock, an advance on a fake one. At most 1 s for each call.</param>
    /// <returns>A task that completes if the store keeps the rule.</returns>
    /// <exception cref="InvalidOperationException">The store breaks the rule: the message says what was expected and what was found.</exception>
    public Task RunAsync(ITokenStore store, Func<TimeSpan, Task> pass)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(pass);
        return _run(new TokenStoreCheckContext(Name, store, pass));
    }

    /// <summary>The rule, for the display of a test runner.</summary>
    public override string ToString() => Name;
}
