#include "api/endpoints.hpp"
#include "api/logging.hpp"

#include <string>
#include <utility>

namespace asio = boost::asio;

namespace weir::api
{

struct log_by_hand_request {
    header_fields headers;
    raw_body body;
};
BOOST_DESCRIBE_STRUCT(log_by_hand_request, (), (headers, body))

namespace
{

/// As the gateway answers at the same path.
asio::awaitable<result<plain_text>> log_as(std::string provider, log_by_hand_request asked, services& with)
{
    call_to_log call;
    call.provider = std::move(provider);
    call.otherwise = "custom";
    call.headers = std::move(asked.headers);
    call.json = std::move(asked.body.bytes);
    auto id = co_await log_call(std::move(call), with);
    if (!id) co_return id.error();
    plain_text answer;
    answer.value = "ok";
    answer.request_id = std::move(*id);
    co_return answer;
}

asio::awaitable<result<plain_text>> log_by_hand(log_by_hand_request asked, services& with)
{
    return log_as("", std::move(asked), with);
}

asio::awaitable<result<plain_text>> log_openai(log_by_hand_request asked, services& with)
{
    return log_as("openai", std::move(asked), with);
}

asio::awaitable<result<plain_text>> log_anthropic(log_by_hand_request asked, services& with)
{
    return log_as("anthropic", std::move(asked), with);
}

asio::awaitable<result<plain_text>> log_google(log_by_hand_request asked, services& with)
{
    return log_as("google", std::move(asked), with);
}

constexpr endpoint logging_entries[] = {
    logs(post<log_by_hand>("/custom/v1/log", "LogCustomCall", "Records a call that was made elsewhere")),
    logs(post<log_openai>("/oai/v1/log", "LogOpenAiCall", "The same, for a call to OpenAI")),
    logs(post<log_anthropic>("/anthropic/v1/log", "LogAnthropicCall", "The same, for a call to Anthropic")),
    logs(post<log_google>("/googleapis/v1/log", "LogGoogleCall", "The same, for a call to Google")),
};
static_assert(each_is_unique(logging_entries));

} // namespace

constinit group const logging_endpoints{"Logging", logging_entries};

} // namespace weir::api
