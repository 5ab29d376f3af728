#include "api/endpoints.hpp"

namespace asio = boost::asio;

namespace weir::api
{

struct settings_answer {
    bool useAzureForExperiment = false; ///< always: weir has no account of its own with Azure
};
BOOST_DESCRIBE_STRUCT(settings_answer, (), (useAzureForExperiment))

namespace
{

asio::awaitable<result<bare<settings_answer>>> query_settings(nothing, services&)
{
    bare<settings_answer> answer;
    co_return answer;
}

constexpr endpoint setting_entries[] = {
    get<query_settings>("/v1/settings/query", "GetSettings", "What the installation does for experiments"),
};

} // namespace

constinit group const setting_endpoints{"Settings", setting_entries};

} // namespace weir::api
