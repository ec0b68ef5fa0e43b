using System.Globalization;
using Apiax.Http.Handlers;

namespace Apiax.Cli;

/// <summary>Does the server accept user name and password? A rejected password is not sent again before its pause is over.</summary>
internal static class SignInLink
{
    public static async Task<Finding> CheckAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (!context.Settings.HaveCredentials)
            return Finding.NotChecked("there is no user name and password");

        var credentials = new ApiaxCredentials(context.Options.Username!, context.Options.Password!);
        RejectionMemory memory;
        try
        {
            memory = await RejectionMemory.OpenAsync(context.Tool.StateFolder, context.Options, context.Time, cancellationToken);
            if (await memory.BeginAsync(cancellationToken) is { } withheld)
                return Withheld(withheld.Earlier, context.Time).With("retryOn", withheld.RetryOn);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Broken(
                $"the password was not sent: {context.Tool.StateFolder}, where rejections are recorded, cannot be written",
                "Make the folder writable for this user, or set XDG_DATA_HOME to a writable folder.");
        }

        context.Untrusted.Withhold(credentials);
        var outcome = await context.Requests.LoginAsync(credentials, cancellationToken);
        if (outcome.Failure is { } failure)
            return (await EvaluateAsync(failure, outcome.Meaning, memory, context)).With("reason", failure.Reason.ToString());

        context.Use(outcome.Tokens!);
        await memory.ForgetAsync();
        return Finding.Ok("user name and password are accepted");
    }

    private static async Task<Finding> EvaluateAsync(ApiaxAuthException failure, AnswerMeaning meaning, RejectionMemory memory, CheckContext context)
    {
        // Something in front of the server may count rejections, too.
        if (failure.Reason is ApiaxAuthFailure.Unavailable || IsAboutRequest(failure))
        {
            await memory.UndoAsync(meaning is AnswerMeaning.Lost ? UserLogin.UnansweredPause(failure) : TimeSpan.Zero);
            return Finding.Broken(context.Untrusted.Of(failure.Message, 400), Remedy(failure.Reason));
        }

        // Without an error code, something in front of the server may have answered: it is not known whether the server counted the password.
        var isRejected = failure.Reason is ApiaxAuthFailure.CredentialsRejected;
        var rejection = await memory.KeepAsync(isAnswered: isRejected || failure.Error is not null, isAboutPassword: !isRejected || failure.Error is not null);
        var advice = Advice(rejection, context.Time);
        var finding = isRejected ? Finding.Broken($"{Readings(failure)}; the server's answer is the same in each case ({Reason(failure, context)})", advice)
            : Finding.Broken(context.Untrusted.Of(failure.Message, 400), $"{(failure.Error is null ? "Ask your network team whether a proxy or a firewall answers instead of the server." : "Ask Apiax why it refuses this user.")} {advice}");
        return finding.With("retryOn", rejection.Until);
    }

    // Not about the user: after a correction of ClientId or Scope there is no wait. Any other code may be about the user.
    private static bool IsAboutRequest(ApiaxAuthException failure) =>
        failure.Error is "invalid_client" or "unauthorized_client" or "unsupported_grant_type" or "invalid_request" or "invalid_scope";

    // One attempt only: a second one could distinguish them, but could also lock the account.
    private static string Readings(ApiaxAuthException failure) =>
        $"the user name or the password is wrong, the user is locked, {(failure.Error is null ? "Scope or ClientId is wrong, " : "")}or another login of this user was under way at this moment";

    private static string Reason(ApiaxAuthException failure, CheckContext context) =>
        failure.Error is null ? "without a reason" : context.Untrusted.Of($"{failure.Error}{(failure.ErrorDescription is null ? "" : $": {failure.ErrorDescription}")}");

    private static Finding Withheld(Rejection earlier, TimeProvider time)
    {
        var since = $"at {Clock(earlier.On, time)}";
        if (earlier.IsInProgress(time.GetUtcNow()))
        {
            return Finding.Broken(
                $"the password was not sent: a login of this user, sent {since}, may still be in progress",
                $"No password of this user is sent before {ClockAndWait(earlier.InProgressUntil, time)}, since overlapping logins can lock the account.");
        }

        return Finding.Broken(
            earlier.IsAnswered ? $"the password was not sent: the server rejected it {since}" : $"the password was not sent: it was sent {since}, and the server's answer is not known",
            Advice(earlier, time));
    }

    private static string Advice(Rejection rejection, TimeProvider time) =>
        $"Another password can be tried at once. This one is not sent before {ClockAndWait(rejection.Until, time)}, since repeated attempts can lock the account.";

    private static string ClockAndWait(DateTimeOffset end, TimeProvider time) =>
        $"{Clock(end, time)} (in {DurationText.Of(TimeSpan.FromSeconds(Math.Ceiling((end - time.GetUtcNow()).TotalSeconds)))})";

    private static string Remedy(ApiaxAuthFailure reason) => reason switch
    {
        ApiaxAuthFailure.Misconfigured => "Check ClientId and Scope.",
        ApiaxAuthFailure.Unavailable => "Try again in a few minutes.",
        _ => "Show this line to the administrator of the server or of the proxy in between.",
    };

    private static string Clock(DateTimeOffset instant, TimeProvider time) =>
        TimeZoneInfo.ConvertTime(instant, time.LocalTimeZone).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
