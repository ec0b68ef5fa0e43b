using System.Net;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>The token endpoint's answer to a form without a grant: it needs no login and contains no secret, and a token endpoint refuses it with an OAuth error.</summary>
internal sealed record Probe
{
    /// <summary>Why there is no answer; null if there is one.</summary>
    public Exception? Failure { get; private init; }

    public bool IsLate { get; private init; }

    public HttpStatusCode Status { get; private init; }

    public string? ContentType { get; private init; }

    public Uri? Location { get; private init; }

    public TokenJson? Body { get; private init; }

    /// <summary>Whether it has no body.</summary>
    public bool IsEmpty { get; private init; }

    /// <summary>The server's clock minus the local one; null if the answer has no date.</summary>
    public TimeSpan? ClockDifference { get; private init; }

    public static async Task<Probe> SendAsync(CheckContext context, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(context.Options.AttemptTimeout, context.Time, cancellationToken);
        using var client = new HttpMessageInvoker(context.Transport.Handler, disposeHandler: false);
        using var message = TokenClient.CreateMessage(context.Options.TokenEndpoint, new FormUrlEncodedContent([new("client_id", context.Options.ClientId)]));
        var sentOn = context.Time.GetUtcNow();
        try
        {
            using var response = await client.SendAsync(message, limit.Token);
            var receivedOn = context.Time.GetUtcNow();

            // The header Date has whole seconds: on average, it omits half a second.
            var difference = response.Headers.Date - (sentOn + ((receivedOn - sentOn) / 2)) + TimeSpan.FromSeconds(0.5);
            var body = await AnswerBody.ReadAsync(response.Content, limit.Token);
            return new Probe
            {
                Status = response.StatusCode,
                ContentType = response.Content.Headers.ContentType?.MediaType,
                Location = response.Headers.Location,
                Body = TokenJson.Parse(body),
                IsEmpty = AnswerBody.IsEmpty(body),
                ClockDifference = difference,
            };
        }
        catch (OperationCanceledException canceled) when (limit.IsOver)
        {
            return new Probe { Failure = canceled, IsLate = true };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new Probe { Failure = exception };
        }
    }
}
