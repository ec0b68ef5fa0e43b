using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Apiax.Http.Handlers.Demo;

/// <summary>Signs in with the configured account and sends one GET. Prints times and states, never a secret.</summary>
internal static class RealCall
{
    public static async Task<bool> RunAsync(IConfiguration configuration, Uri url)
    {
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddHttpClient().AddApiaxAuth();
        await using var provider = services.BuildServiceProvider();

        try
        {
            var clock = Stopwatch.StartNew();
            var token = await provider.GetRequiredService<IApiaxAccessTokenProvider>().GetTokenAsync();
            Console.WriteLine($"signed in       {clock.ElapsedMilliseconds} ms, token valid for {token.ExpiresOn - TimeProvider.System.GetUtcNow():hh\\:mm\\:ss}");

            clock.Restart();
            using var client = provider.GetRequiredService<IHttpClientFactory>().CreateClient();
            using var response = await client.GetAsync(url);
            Console.WriteLine($"GET             {url.GetLeftPart(UriPartial.Path)}");
            Console.WriteLine($"response        {(int)response.StatusCode} {response.ReasonPhrase}, {clock.ElapsedMilliseconds} ms");
            return response.IsSuccessStatusCode;
        }
        catch (ApiaxAuthException failure)
        {
            Console.Error.WriteLine($"no token        {failure.Reason}: {failure.Message} {failure.InnerException?.Message}".TrimEnd());
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            Console.Error.WriteLine($"no response     {failure.Message}");
        }
        catch (OptionsValidationException wrong)
        {
            Console.Error.WriteLine($"wrong settings  {string.Join(Environment.NewLine + "                ", wrong.Failures)}");
        }

        return false;
    }
}
