namespace Apiax.Http.Handlers;

/// <summary>What the store said, if it said anything.</summary>
/// <param name="IsHad">Whether there is an answer: without one there is no coordination.</param>
/// <param name="Value">The answer.</param>
internal readonly record struct StoreAnswer<T>(bool IsHad, T? Value)
{
    public override string ToString() => IsHad ? "StoreAnswer" : "no StoreAnswer";
}
