namespace Apiax.Http.Handlers;

/// <summary>
/// Waits for a result, for <see cref="HttpClient.Send(HttpRequestMessage)"/>, which must block. No deadlock: a flight runs on the thread pool and needs
/// neither the blocked thread nor its context; and the pool adds threads for those that block in <see cref="Task"/>.
/// </summary>
internal static class Blocking
{
#pragma warning disable VSTHRD002 // That is what it is for.
    public static T Wait<T>(ValueTask<T> pending) => pending.IsCompleted ? pending.GetAwaiter().GetResult() : Wait(pending.AsTask());

    public static T Wait<T>(Task<T> pending) => pending.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
}
