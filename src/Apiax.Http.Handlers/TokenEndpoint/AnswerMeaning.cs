namespace Apiax.Http.Handlers;

/// <summary>What became of a token request: by the answer's <c>error</c>, and by the status only where there is none.</summary>
internal enum AnswerMeaning
{
    /// <summary>A token that can be used.</summary>
    Granted,

    /// <summary>The server refused this refresh token, or this user name and password.</summary>
    Refused,

    /// <summary>Refused without an <c>error</c> and without a body: as above, or something in front.</summary>
    Unexplained,

    /// <summary>The server refused the client, the grant or the scope, or serves nobody for now: not about this token or password.</summary>
    Misconfigured,

    /// <summary>Something in front answered (a proxy, an ingress, a firewall, a captive portal), or a redirect: nothing was judged.</summary>
    NotJudged,

    /// <summary>A success without a token that can be used: half an answer, or a broken server.</summary>
    Unusable,

    /// <summary>The server asks for patience, and has done nothing.</summary>
    Busy,

    /// <summary>503: overloaded. Most likely nothing was done.</summary>
    Overloaded,

    /// <summary>The request may have reached the server, may even run there still, and what comes of it is not known.</summary>
    Lost,

    /// <summary>The request has surely not been sent: nobody read its form.</summary>
    NotSent,
}
