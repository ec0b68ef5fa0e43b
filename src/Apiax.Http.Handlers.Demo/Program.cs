using Apiax.Http.Handlers;
using Apiax.Http.Handlers.Demo;
using Microsoft.Extensions.Configuration;

var configuration = new ConfigurationBuilder().AddUserSecrets<Step>(optional: true).AddEnvironmentVariables().Build();
var section = configuration.GetSection(ApiaxAuthOptions.SectionName);
var hasAccount = section["Username"] is not null && section["Password"] is not null;

switch (hasAccount, args)
{
    case (_, []):
        return await StepView.RunAsync(Steps.All) ? 0 : 1;

    case (true, [var text]) when Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https" or "http", UserInfo: "" }:
        return await RealCall.RunAsync(configuration, url) ? 0 : 1;

    case (_, ["replicas", "--redis", var redis]):
        return await ReplicasDemo.RunAsync(redis) ? 0 : 1;

    case (_, ["replicas"]):
        Console.Error.WriteLine(ReplicasDemo.HowToStartRedis);
        return 2;

    // One of the processes that the case above starts.
    case (_, ["replica"]):
        await ReplicaWorker.RunAsync(configuration);
        return 0;

    default:
        Console.Error.WriteLine("""
            Without an argument:              shows the library with a sandbox.
            replicas --redis HOST:PORT:       four processes share one login through that Redis; one of them is killed.
            With an account and a URL:        (https or http, without a user name) signs in at Apiax and sends a GET to the URL.

              Apiax__Username=… Apiax__Password=… dotnet run --project src/Apiax.Http.Handlers.Demo -- https://HOST.apiax.io/PATH

            The account can also be in the user secrets (Apiax:Username, Apiax:Password).
            """);
        return 2;
}
