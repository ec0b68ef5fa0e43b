using System.Reflection;
using System.Runtime.Loader;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Apiax.Http.Handlers.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Apiax.Http.Handlers.Tests.Pages;

/// <summary>A block of a page or an example as the <c>Program.cs</c> of an empty project: compiled unchanged, and run in its own folder. Only the addresses are those of a sandbox.</summary>
internal sealed class PageProgram(ApiaxSandbox apiax) : IDisposable
{
    // What `dotnet new console` has.
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpCompilationOptions Options = new(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable);

    private static readonly IReadOnlyList<MetadataReference> References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("apiax-page-");

    /// <returns>What it wrote to the console.</returns>
    public async Task<string> RunAsync(string code)
    {
        WriteFiles();
        var program = Compile(ForTheSandbox(code));
        using var written = new StringWriter();
        var console = Console.Out;
        Console.SetOut(written);
        try
        {
            string[] arguments = [$"--contentRoot={_folder.FullName}"];
            await Task.Run(() => program.EntryPoint!.Invoke(obj: null, program.EntryPoint.GetParameters().Length > 0 ? [arguments] : [])).WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            Console.SetOut(console);
        }

        return written.ToString();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Assembly Compile(string code)
    {
        var trees = new[] { ImplicitUsings, code }.Select(text => CSharpSyntaxTree.ParseText(text));
        var compilation = CSharpCompilation.Create($"Page{Guid.NewGuid():N}", trees, References, Options);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.That(result.Diagnostics.Where(diagnostic => diagnostic.Severity >= DiagnosticSeverity.Warning), Is.Empty, code);
        image.Position = 0;
        return AssemblyLoadContext.Default.LoadFromStream(image);
    }

    /// <summary>The files that the pages name, in the folder of the program.</summary>
    private void WriteFiles()
    {
        var account = new
        {
            apiax.TokenEndpoint,
            apiax.Username,
            apiax.Password,
            ApiHosts = new[] { apiax.BaseAddress.Authority },
        };
        File.WriteAllText(Path.Combine(_folder.FullName, "appsettings.json"), JsonSerializer.Serialize(new { Apiax = account, Bank = new { Apiax = account }, IntegrationPassword = apiax.Password, Logging = new { LogLevel = new { Default = "None" } } }));
        File.WriteAllText(Path.Combine(_folder.FullName, "password.txt"), $"{apiax.Password}\n");

        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=bank", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllBytes(Path.Combine(_folder.FullName, "client.pfx"), certificate.Export(X509ContentType.Pfx));
    }

    private string ForTheSandbox(string code) => code
        .Replace("https://api.apiax.io/", apiax.BaseAddress.AbsoluteUri, StringComparison.Ordinal)
        .Replace("https://auth.bank.example/auth/realms/apiax/protocol/openid-connect/token", apiax.TokenEndpoint.AbsoluteUri, StringComparison.Ordinal)
        .Replace("\"api.apiax.io\"", Literal(apiax.BaseAddress.Authority), StringComparison.Ordinal)
        .Replace("redis:6379", "127.0.0.1:1", StringComparison.Ordinal)
        .Replace("\"integration-user\"", Literal(apiax.Username), StringComparison.Ordinal)
        .Replace("Environment.GetEnvironmentVariable(\"Apiax__Username\"),", $"{Literal(apiax.Username)}, TokenEndpoint = new({Literal(apiax.TokenEndpoint.AbsoluteUri)}), ApiHosts = {{ {Literal(apiax.BaseAddress.Authority)} }},", StringComparison.Ordinal)
        .Replace("Environment.GetEnvironmentVariable(\"Apiax__Password\")", Literal(apiax.Password), StringComparison.Ordinal);

    private static string Literal(string value) => SymbolDisplay.FormatLiteral(value, quote: true);
}
