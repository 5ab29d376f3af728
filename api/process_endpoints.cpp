#include "api/endpoints.hpp"
#include "api/openapi.hpp"

#include <boost/describe/class.hpp>

namespace asio = boost::asio;

namespace weir::api
{

struct process_status {
    std::string status;
};
BOOST_DESCRIBE_STRUCT(process_status, (), (status))

namespace
{

asio::awaitable<result<bare<process_status>>> health(nothing, services&)
{
    bare<process_status> answer;
    answer.value.status = "ok";
    co_return answer;
}

asio::awaitable<result<bare<process_status>>> reference_health(nothing, services&)
{
    bare<process_status> answer;
    answer.value.status = "healthy :)";
    co_return answer;
}

asio::awaitable<result<bare<process_status>>> readiness(nothing, services& with)
{
    if (with.not_ready) {
        auto const why = co_await with.not_ready();
        if (!why.empty()) co_return failure(errc::not_ready, why);
    }
    bare<process_status> answer;
    answer.value.status = "ready";
    co_return answer;
}

asio::awaitable<result<plain_text>> metrics(nothing, services& with)
{
    plain_text answer;
    answer.type = "text/plain; version=0.0.4; charset=utf-8";
    if (with.metrics) answer.value = with.metrics();
    co_return answer;
}

asio::awaitable<result<bare<raw_json>>> description(nothing, services&)
{
    bare<raw_json> answer;
    answer.value.text = openapi_text();
    co_return answer;
}

constexpr endpoint process_entries[] = {
    get<health>("/healthz", "GetHealth", "Whether the process lives"),
    get<reference_health>("/healthcheck", "GetHealthCheck", "The same, under the reference's name"),
    get<readiness>("/readyz", "GetReadiness", "Whether the process can do its work; 503 says why not"),
    get<metrics>("/metrics", "GetPrometheusMetrics", "Metrics in Prometheus' text format"),
    get<description>("/openapi.json", "GetOpenApi", "This description"),
    get<description>("/download/swagger.json", "DownloadOpenApi", "The same, under the reference's name"),
};
static_assert(each_is_unique(process_entries));

} // namespace

constinit group const process_endpoints{"Process", process_entries, true};

} // namespace weir::api
