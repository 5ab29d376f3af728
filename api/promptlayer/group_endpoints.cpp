#include "api/endpoints.hpp"
#include "storage/connection.hpp"
#include "storage/request_groups.hpp"

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

struct create_group_answer {
    bool success = true;
    std::int64_t id = 0;
};
BOOST_DESCRIBE_STRUCT(create_group_answer, (), (success, id))

namespace
{

asio::awaitable<result<bare<create_group_answer>>> create_group(nothing, services& with)
{
    auto const make = [whose = with.organization, now = with.now_us()](storage::connection& db) {
        return storage::create_request_group(db, whose, now);
    };
    auto const id = co_await with.store.write(make);
    if (!id) co_return id.error();
    co_return bare<create_group_answer>{{true, *id}};
}

constexpr endpoint group_entries[] = {
    logs(post<create_group>("/create-group", "CreateRequestGroup", "Makes a group that tracked calls are put into")),
};
static_assert(each_is_unique(group_entries));

} // namespace

} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_group_endpoints{"PromptLayer tracking", promptlayer::group_entries, false,
                                                  dialect::promptlayer};

} // namespace weir::api
