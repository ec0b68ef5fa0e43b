namespace Apiax.Http.Handlers;

/// <summary>The outcome of a token request: by the answer's <c>error</c>, or by its status if it has no <c>error</c>.</summary>
internal enum AnswerMeaning
{
    /// <summary>A token that can be used.</summary>
    Granted,

    /// <summary>The server refused this refresh token, or this user name and password.</summary>
    Refused,

    /// <summary>Refused without <c>error</c> and body: by the server as above, or by something in front of it.</summary>
    RefusedWithoutError,

    /// <summary>The server refused the client, the grant or the scope, or refuses all requests for now: this says nothing about the token or password.</summary>
    Misconfigured,

    /// <summary>A redirect, or an answer from something in front (a proxy, an ingress, a firewall, a captive portal): the server checked nothing.</summary>
    NotChecked,

    /// <summary>A success without a usable token: an incomplete answer, or a broken server.</summary>
    Unusable,

    /// <summary>The server asks the client to wait, and has done nothing.</summary>
    Busy,

    /// <summary>503: overloaded. Most likely nothing was done.</summary>
    Overloaded,

    /// <summary>The request may have reached the server and may still be in progress there; its outcome is unknown.</summary>
    Lost,

    /// <summary>The request was certainly not sent: its form was not read.</summary>
    NotSent,
}
