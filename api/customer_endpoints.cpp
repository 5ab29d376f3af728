#include "api/endpoints.hpp"
#include "storage/traffic_query.hpp"
#include "storage/users.hpp"

#include <string>
#include <vector>

namespace asio = boost::asio;

/// Whom an organisation serves: its users, as calls name them by `Helicone-User-Id`.
namespace weir::api
{

struct customers_request {
    nothing body;
};
BOOST_DESCRIBE_STRUCT(customers_request, (), (body))

struct customer {
    std::string id, name;
};
BOOST_DESCRIBE_STRUCT(customer, (), (id, name))

struct customer_usage_request {
    std::string customerId;
    nothing body;
};
BOOST_DESCRIBE_STRUCT(customer_usage_request, (), (customerId, body))

struct customer_usage {
    std::string id, name;
    double cost = 0, count = 0, prompt_tokens = 0, completion_tokens = 0;
};
BOOST_DESCRIBE_STRUCT(customer_usage, (), (id, name, cost, count, prompt_tokens, completion_tokens))

struct used_model {
    std::string model;
};
BOOST_DESCRIBE_STRUCT(used_model, (), (model))

namespace
{

constexpr std::int64_t most_customers = 10'000, most_used_models = 10'000;

asio::awaitable<result<bare<std::vector<customer>>>> query_customers(customers_request, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::user_ids(db, whose, most_customers);
    };
    auto const ids = co_await with.store.read(query);
    if (!ids) co_return ids.error();
    bare<std::vector<customer>> shown;
    for (auto const& id : *ids) shown.value.push_back({id, id});
    co_return shown;
}

asio::awaitable<result<bare<customer_usage>>> usage_of_customer(customer_usage_request asked, services& with)
{
    storage::user_query query;
    query.ids = {asked.customerId};
    auto const find = [whose = with.organization, query](storage::connection& db) {
        return storage::query_users(db, whose, query);
    };
    auto const found = co_await with.store.read(find);
    if (!found) co_return found.error();
    if (found->empty()) co_return not_found("Customer not found");
    auto const& user = found->front();
    bare<customer_usage> shown;
    shown.value = {user.id,
                   user.id,
                   user.cost,
                   static_cast<double>(user.requests),
                   static_cast<double>(user.prompt_tokens),
                   static_cast<double>(user.completion_tokens)};
    co_return shown;
}

asio::awaitable<result<std::vector<used_model>>> used_models(nothing, services& with)
{
    auto const query = [whose = with.organization](storage::connection& db) {
        return storage::used_models(db, whose, most_used_models);
    };
    auto const models = co_await with.store.read(query);
    if (!models) co_return models.error();
    std::vector<used_model> shown;
    for (auto const& model : *models) shown.push_back({model});
    co_return shown;
}

constexpr endpoint customer_entries[] = {
    post<query_customers>("/v1/customer/query", "GetCustomers", "The users whom requests name"),
    post<usage_of_customer>("/v1/customer/{customerId}/usage/query", "GetCustomerUsage",
                            "What the requests of one user come to"),
};

constexpr endpoint model_entries[] = {
    get<used_models>("/v1/models", "GetModels", "The models used, the most used first"),
};

} // namespace

constinit group const customer_endpoints{"Customer", customer_entries};
constinit group const model_endpoints{"Models", model_entries};

} // namespace weir::api
