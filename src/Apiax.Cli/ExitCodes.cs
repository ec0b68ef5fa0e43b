namespace Apiax.Cli;

/// <summary>The exit codes, besides the number of a <see cref="Link"/>. Scripts rely on these numbers: they must not change.</summary>
internal static class ExitCodes
{
    public const int Success = 0;
    public const int InternalError = 1;
    public const int WrongCommandLine = 2;
    public const int PortNotFree = 3;
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
