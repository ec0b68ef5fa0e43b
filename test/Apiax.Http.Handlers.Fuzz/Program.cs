// Searches for an input that the library cannot handle: a crash, a hang, an allocation without limit, a wrong outcome.
//
//   dotnet run -c Release --project test/Apiax.Http.Handlers.Fuzz -- 10000000              token answers, as many executions: 5 to 10 minutes
//   dotnet run -c Release --project test/Apiax.Http.Handlers.Fuzz -- challenges 10000000   the header WWW-Authenticate
//   dotnet run -c Release --project test/Apiax.Http.Handlers.Fuzz -- bodies 10000000       bodies that are recorded while they are sent
//   dotnet run -c Release --project test/Apiax.Http.Handlers.Fuzz -- bodies 10000000 42    the same ones again, by their seed
//   dotnet run -c Release --project test/Apiax.Http.Handlers.Fuzz -- <file>                one token answer, for a look at it
//   AFL_SKIP_BIN_CHECK=1 afl-fuzz -i <corpus> -o <findings> -t 5000 -m none -- dotnet <Apiax.Http.Handlers.Fuzz.dll> afl
//
// The first ones need nothing but .NET: SharpFuzz's instrumentation records which branches of the library an input took, and inputs that took new ones are
// mutated further, as in afl++, in this process.

using System.Globalization;
using Apiax.Http.Handlers.Fuzz;
using SharpFuzz;

switch (args)
{
    case ["instrument"]:
        Instrument(Path.Combine(AppContext.BaseDirectory, "Apiax.Http.Handlers.dll"));
        return 0;
    case ["afl"]:
        Fuzzer.OutOfProcess.Run(stream =>
        {
            using var input = new MemoryStream();
            stream.CopyTo(input);
            TokenAnswerTarget.Run(input.ToArray());
        });
        return 0;
    case [var file] when File.Exists(file):
        Console.WriteLine(TokenAnswerTarget.Run(File.ReadAllBytes(file)));
        return 0;
    case ["challenges", .. var numbers]:
        return Search(FuzzTarget.Challenges, numbers);
    case ["bodies", .. var numbers]:
        return Search(FuzzTarget.Bodies, numbers);
    default:
        return Search(FuzzTarget.Answers, args);
}

static int Search(FuzzTarget target, string[] numbers)
{
    var executions = numbers.Length > 0 ? long.Parse(numbers[0], CultureInfo.InvariantCulture) : 1_000_000;
    var seed = numbers.Length > 1 ? int.Parse(numbers[1], CultureInfo.InvariantCulture) : Environment.TickCount;
    return CoverageSearch.Run(target, executions, seed) ? 0 : 1;
}

static void Instrument(string library)
{
    try
    {
        _ = Fuzzer.Instrument(library, matcher: _ => true, Options.Value).Count();
    }
    catch (InstrumentationException exception) when (exception.Message.Contains("already", StringComparison.Ordinal))
    {
        // The library has not been compiled since.
    }
}
