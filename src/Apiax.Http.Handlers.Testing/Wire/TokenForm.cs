using Microsoft.AspNetCore.Http;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The form of a token request, with the checks that Keycloak makes before it looks at any credentials.</summary>
internal sealed class TokenForm
{
    private readonly IFormCollection _form;
    private readonly string? _unreadable;

    private TokenForm(IFormCollection form, string? unreadable = null)
    {
        _form = form;
        _unreadable = unreadable;
        Fields = form.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
    }

    // Other than ASP.NET's, an OAuth server's parameters have one spelling.
    public IReadOnlyDictionary<string, string> Fields { get; }

    public string? this[string name] => Fields.GetValueOrDefault(name);

    public static async Task<TokenForm> ReadAsync(HttpRequest request)
    {
        var mediaType = request.ContentType?.Split(';')[0].Trim();
        if (!string.Equals(mediaType, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return new TokenForm(FormCollection.Empty, "Content-Type is not application/x-www-form-urlencoded");

        try
        {
            return new TokenForm(await request.ReadFormAsync(request.HttpContext.RequestAborted).ConfigureAwait(false));
        }
        catch (InvalidDataException)
        {
            return new TokenForm(FormCollection.Empty, "Form cannot be read");
        }
    }

    /// <summary>The first rule that the form of a token request breaks, or nothing.</summary>
    public Refused? Check() => CheckFields() ?? (this["grant_type"] is null ? Refused.InvalidRequest("Missing form parameter: grant_type") : CheckClient());

    /// <summary>The first rule that the form of a revocation breaks, or nothing.</summary>
    public Refused? CheckRevocation() => CheckFields() ?? CheckClient() ?? (this["token"] is null ? Refused.InvalidRequest("Token not provided") : null);

    private Refused? CheckFields()
    {
        if (_unreadable is not null)
            return Refused.InvalidRequest(_unreadable);
        if (_form.FirstOrDefault(field => field.Value.Count > 1).Key is { } twice)
            return Refused.InvalidRequest($"Duplicated parameter: {twice}");

        return Fields.FirstOrDefault(field => field.Value.Length == 0).Key is { } empty ? Refused.InvalidRequest($"Empty parameter: {empty}") : null;
    }

    private Refused? CheckClient() => this["client_id"] == ApiaxAuthDefaults.ClientId ? null : Refused.UnknownClient;
}
