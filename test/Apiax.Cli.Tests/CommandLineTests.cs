namespace Apiax.Cli.Tests;

/// <summary>What is wrong with a command line is reported on stderr, with exit code 2; a word of it is quoted only if it is similar to one that the tool knows.</summary>
[TestFixture]
internal sealed class CommandLineTests
{
    private const string NoCredentials = "User name and password are never taken from the command line, where others on this machine could read them: put them in the settings, or let apiax ask for them.";
    private const string WrongUrl = "URL is not valid. An address of the API to call with the token: https (or http on this machine), without user name and password.";
    private const string WrongPort = "--port NUMBER is missing or not valid. The port on this machine; 0 for any free port.";
    private const string Commands = "The commands are: check, sandbox.";

    [TestCase("", "apiax needs a command: check, sandbox.", "See apiax --help.")]
    [TestCase("chek", $"'chek' is not a command of apiax. Did you mean check? {Commands}", "See apiax --help.")]
    [TestCase("Sandbx", $"'Sandbx' is not a command of apiax. Did you mean sandbox? {Commands}", "See apiax --help.")]
    [TestCase("hidden", $"That is not a command of apiax. {Commands}", "See apiax --help.")]
    [TestCase("check --bogus", "--bogus is not an option of apiax check.", "See apiax check --help.")]
    [TestCase("check --jsno", "--jsno is not an option of apiax check. Did you mean --json?", "See apiax check --help.")]
    [TestCase("check --user-secret=hidden", "--user-secret is not an option of apiax check. Did you mean --user-secrets?", "See apiax check --help.")]
    [TestCase("check --bogus=hidden", "--bogus is not an option of apiax check.", "See apiax check --help.")]
    [TestCase("check -hidden", "Unrecognized option. The options of apiax check are: --configuration, --user-secrets, --json.", "See apiax check --help.")]
    [TestCase("check --password=hidden", "--password is not an option of apiax check.", NoCredentials, "See apiax check --help.")]
    [TestCase("check https://api.apiax.io/ hidden", "Unrecognized argument.", "See apiax check --help.")]
    [TestCase("check https://api.apiax.io/ jsn", "Unrecognized argument 'jsn'. Did you mean --json?", "See apiax check --help.")]
    [TestCase("sandbox prot", "Unrecognized argument 'prot'. Did you mean --port?", "See apiax sandbox --help.")]
    [TestCase("check hidden", WrongUrl, "See apiax check --help.")]
    [TestCase("check http://api.apiax.io/hidden", WrongUrl, "See apiax check --help.")]
    [TestCase("check https://hidden:hidden@api.apiax.io/", WrongUrl, "See apiax check --help.")]
    [TestCase("check @hidden", WrongUrl, "See apiax check --help.")]
    [TestCase("check --configuration", "--configuration FILE is missing or not valid. A JSON file to read instead of appsettings.json and appsettings.{environment}.json in the current folder.", "See apiax check --help.")]
    [TestCase("check --user-secrets ../hidden", "--user-secrets ID is missing or not valid. The id of the user secrets to read. Default: the project's, in Development; apiax if it has none.", "See apiax check --help.")]
    [TestCase("sandbox --port hidden", WrongPort, "See apiax sandbox --help.")]
    [TestCase("sandbox --port 65536", WrongPort, "See apiax sandbox --help.")]
    [TestCase("sandbox --port -1", WrongPort, "See apiax sandbox --help.")]
    public async Task A_wrong_argument_is_reported_without_its_value(string arguments, params string[] lines)
    {
        using var world = new World();
        var run = await world.RunAsync(default, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That((run.ExitCode, run.Output), Is.EqualTo((2, "")), run.Error);
        Assert.That(run.Error.TrimEnd().ReplaceLineEndings("\n").Split('\n'), Is.EqualTo(lines));
    }

    [Test]
    public async Task A_file_without_a_name()
    {
        using var world = new World();
        var run = await world.RunAsync(default, "check", "--configuration", "");

        Assert.That(run.ExitCode, Is.EqualTo(2), run.Output);
        Assert.That(run.Error, Does.StartWith("--configuration FILE is missing or not valid"));
    }

    [TestCase("--help")]
    [TestCase("check --help")]
    [TestCase("check --help --bogus")]
    [TestCase("--version")]
    public async Task Help_is_no_error(string arguments)
    {
        using var world = new World();
        var run = await world.RunAsync(default, arguments.Split(' '));

        Assert.That((run.ExitCode, run.Error), Is.EqualTo((0, "")));
        Assert.That(run.Output, Is.Not.Empty);
    }
}
