namespace Apiax.Http.Handlers.Redis;

/// <summary>
/// A container disposes last of what it made first, and an application's connection is made after the first client: it would be closed while a turn
/// has the account's only refresh token in hand. This is made after the connection, so it is disposed of before, and waits until the turn has saved it.
/// </summary>
internal sealed class LastSave(OpenTurns turns, TimeProvider time) : IAsyncDisposable, IDisposable
{
    // What a turn is given when its process ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async ValueTask DisposeAsync() => await Task.WhenAny(turns.None, Task.Delay(Patience, time)).ConfigureAwait(false);

    public void Dispose()
    {
        // A container that is disposed of synchronously accepts no service that can only be disposed of asynchronously; it waits for nobody.
    }
}
