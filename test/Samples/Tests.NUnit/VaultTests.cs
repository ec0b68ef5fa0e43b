using System.Reflection;
using Apiax.Http.Handlers;
using Azure;
using Azure.Security.KeyVault.Secrets;
using NUnit.Framework;

namespace Samples.NUnit;

/// <summary>The vault's provider, without a vault.</summary>
public sealed class VaultTests
{
    [Test]
    public async Task The_password_is_kept_until_the_server_rejects_it()
    {
        var vault = new FakeVault();
        var credentials = (IApiaxCredentialsProvider)Activator.CreateInstance(Assembly.Load("VaultSample").GetType("VaultCredentials", throwOnError: true)!, vault)!;

        foreach (var (rejected, reads) in new[] { (false, 1), (false, 1), (true, 2), (false, 2) })
        {
            var answer = await credentials.GetCredentialsAsync(new ApiaxCredentialsRequest("rules", rejected), CancellationToken.None);
            Assert.That((answer.Password, vault.Reads), Is.EqualTo(($"password {reads}", reads)));
        }
    }

    private sealed class FakeVault : SecretClient
    {
        public int Reads { get; private set; }

        public override Task<Response<KeyVaultSecret>> GetSecretAsync(string name, string? version = null, CancellationToken cancellationToken = default) =>
            Task.FromResult(Response.FromValue(new KeyVaultSecret(name, $"password {++Reads}"), response: null!));
    }
}
