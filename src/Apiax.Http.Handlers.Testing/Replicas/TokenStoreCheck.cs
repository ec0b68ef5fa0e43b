namespace Apiax.Http.Handlers.Testing;

/// <summary>One law of <see cref="ITokenStore"/>, as something that can be run.</summary>
public sealed class TokenStoreCheck
{
    private readonly Func<TokenStoreScene, Task> _run;

    internal TokenStoreCheck(string name, Func<TokenStoreScene, Task> run)
    {
        Name = name;
        _run = run;
    }

    /// <summary>The law, as a sentence.</summary>
    public string Name { get; }

    /// <summary>Runs it on an account of its own.</summary>
    /// <param name="store">The store.</param>
    /// <param name="pass">Lets time pass on the store's clock: a delay on a real clock, an advance on a fake one. At most 1 s at a time.</param>
    /// <returns>A task that completes when the law holds.</returns>
    /// <exception cref="InvalidOperationException">It does not: the message says what was expected and what was found.</exception>
    public Task RunAsync(ITokenStore store, Func<TimeSpan, Task> pass)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(pass);
        return _run(new TokenStoreScene(Name, store, pass));
    }

    /// <summary>The law: what a test runner shows.</summary>
    public override string ToString() => Name;
}
