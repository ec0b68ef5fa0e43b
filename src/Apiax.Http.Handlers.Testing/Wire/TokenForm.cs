using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Apiax.Http.Handlers.Testing;

/// <summary>The form of a token request, with the checks that Keycloak makes before it looks at any credentials.</summary>
internal sealed class TokenForm
{
    // Keycloak's limit; tests against Keycloak showed that it refuses 200 KB.
    private const long MaxSize = 128 * 1024;

    private TokenForm(IFormCollection form, Refused? unusable = null)
    {
        Fields = form.ToDictionary(field => field.Key, field => field.Value[0] ?? "", StringComparer.Ordinal);
        Unusable = unusable;
        Duplicated = form.Any(field => field.Value.Count > 1) ? Refused.InvalidRequest("duplicated parameter") : null;
    }

    // Unlike ASP.NET's, an OAuth server's parameter names are case-sensitive.
    public IReadOnlyDictionary<string, string> Fields { get; }

    /// <summary>Why there is no form; null if there is one.</summary>
    public Refused? Unusable { get; }

    /// <summary>The refusal of a parameter that was sent twice.</summary>
    public Refused? Duplicated { get; }

    public string? this[string name] => Fields.GetValueOrDefault(name);

    public static async Task<TokenForm> ReadAsync(HttpRequest request)
    {
        if (!HttpMethods.IsPost(request.Method))
            return new TokenForm(FormCollection.Empty, Refused.MethodNotAllowed);

        var mediaType = request.ContentType?.Split(';')[0].Trim();
        if (!string.Equals(mediaType, "application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return new TokenForm(FormCollection.Empty, mediaType is null ? null : Refused.NoForm);

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = MaxSize;
        try
        {
            return new TokenForm(await request.ReadFormAsync(request.HttpContext.RequestAborted).ConfigureAwait(false));
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return new TokenForm(FormCollection.Empty, Refused.TooLarge);
        }
        catch (InvalidDataException)
        {
            return new TokenForm(FormCollection.Empty, Refused.InvalidRequest("Form cannot be read"));
        }
    }
}
