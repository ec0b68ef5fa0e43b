namespace Apiax.Http.Handlers.Tests;

[TestFixture]
internal sealed class ApiaxAuthExceptionTests
{
    [TestCase(ApiaxAuthFailure.Unavailable, HttpRequestError.ConnectionError)]
    [TestCase(ApiaxAuthFailure.InvalidAnswer, HttpRequestError.InvalidResponse)]
    [TestCase(ApiaxAuthFailure.CredentialsRejected, HttpRequestError.UserAuthenticationError)]
    [TestCase(ApiaxAuthFailure.Misconfigured, HttpRequestError.UserAuthenticationError)]
    public void As_an_HttpRequestException_it_has_the_kind_of_error(ApiaxAuthFailure reason, HttpRequestError error)
    {
        HttpRequestException exception = new ApiaxAuthException(reason, "message");

        Assert.That(exception.HttpRequestError, Is.EqualTo(error));
    }

    [Test]
    public void It_has_no_status_that_could_be_taken_for_the_API_s() =>
        Assert.That(new ApiaxAuthException(ApiaxAuthFailure.CredentialsRejected, "message").StatusCode, Is.Null);

    [Test]
    public void The_next_caller_gets_its_own_exception_with_the_same_content()
    {
        var cause = new IOException("cause");
        var first = new ApiaxAuthException(ApiaxAuthFailure.Misconfigured, "message", cause) { Error = "invalid_client", ErrorDescription = "unknown", RetryAfter = TimeSpan.FromSeconds(60) };

        var next = first.Again(TimeSpan.FromSeconds(42));

        Assert.Multiple(() =>
        {
            Assert.That(next, Is.Not.SameAs(first));
            Assert.That((next.Reason, next.Message, next.InnerException), Is.EqualTo((ApiaxAuthFailure.Misconfigured, "message", cause)));
            Assert.That((next.Error, next.ErrorDescription), Is.EqualTo(("invalid_client", "unknown")));
            Assert.That(next.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(42)));
        });
    }
}
