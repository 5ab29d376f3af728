#include "api/endpoints.hpp"
#include "api/promptlayer/blueprints.hpp"
#include "api/promptlayer/told_calls.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace weir::api::promptlayer
{

struct track_request_request {
    track_request_body body;
};
BOOST_DESCRIBE_STRUCT(track_request_request, (), (body))

struct track_request_answer {
    bool success = true;
    std::string message;
    std::int64_t request_id = 0;
    std::optional<json::value> prompt_blueprint;
};
BOOST_DESCRIBE_STRUCT(track_request_answer, (), (success, message, request_id, prompt_blueprint))

struct log_request_request {
    log_request_body body;
};
BOOST_DESCRIBE_STRUCT(log_request_request, (), (body))

struct logged_prompt_version {
    std::int64_t id = 0, prompt_id = 0;
    std::string prompt_name;
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(logged_prompt_version, (), (id, prompt_id, prompt_name, number))

struct log_request_answer {
    std::int64_t id = 0;
    nullable<logged_prompt_version> prompt_version;
    call_status status = call_status::SUCCESS;
    nullable<std::string> error_type, error_message;
};
BOOST_DESCRIBE_STRUCT(log_request_answer, (), (id, prompt_version, status, error_type, error_message))

namespace
{

asio::awaitable<result<bare<track_request_answer>>> track_request(track_request_request asked, services& with)
{
    auto call = call_of(asked.body);
    if (!call) co_return call.error();
    track_request_answer answer;
    if (asked.body.return_prompt_blueprint.value_or(false)) {
        auto const* model = call->request.get_object().if_contains("model");
        answer.prompt_blueprint = blueprint_of_call(call->request, call->response, call->provider,
                                                    model && model->is_string() ? model->get_string() : "");
    }
    auto const made = co_await track(std::move(*call), with);
    if (!made) co_return made.error();
    answer.message = made->lacks_prompt ? "Tracked without its prompt: there is no such prompt, or version of it"
                                        : "Request tracked successfully";
    answer.request_id = made->number;
    co_return bare<track_request_answer>{std::move(answer)};
}

asio::awaitable<result<created<log_request_answer>>> log_request(log_request_request asked, services& with)
{
    auto call = call_of(asked.body);
    if (!call) co_return call.error();
    log_request_answer answer;
    answer.status = call->status;
    if (call->error_type) answer.error_type = name_of(*call->error_type);
    answer.error_message = call->error_message;
    auto const made = co_await track(std::move(*call), with);
    if (!made) co_return made.error();
    answer.id = made->number;
    if (auto const& v = made->version)
        answer.prompt_version = logged_prompt_version{v->id, v->prompt_id, v->prompt_name, v->number};
    co_return created<log_request_answer>{std::move(answer)};
}

constexpr endpoint tracking_entries[] = {
    logs(post<track_request>("/track-request", "TrackRequest", "Records a call that was made, in its provider's form")),
    logs(post<track_request>("/rest/track-request", "TrackRequestRest", "The same, at its older path")),
    logs(post<log_request>("/log-request", "LogRequest", "Records a call that was made, as two blueprints")),
};
static_assert(each_is_unique(tracking_entries));

} // namespace
} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_tracking_endpoints{"PromptLayer tracking", promptlayer::tracking_entries, false,
                                                     dialect::promptlayer};

} // namespace weir::api
