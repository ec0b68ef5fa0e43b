namespace Apiax.Http.Handlers.Benchmarks;

/// <summary>Somebody who can be asked to do the same thing any number of times.</summary>
/// <param name="Name">As it stands in a table.</param>
/// <param name="RunAsync">Does it that many times.</param>
internal sealed record Contender(string Name, Func<int, Task> RunAsync)
{
    public static Contender Repeating(string name, Func<Task> operation) => new(name, async count =>
    {
        for (var i = 0; i < count; i++)
            await operation();
    });
}
