#include "tests/support/running_gateway.hpp"
#include "tests/support/newest_requests.hpp"

#include "log/log.hpp"
#include "storage/migrations.hpp"
#include "storage/settings.hpp"

#include <algorithm>

namespace weir::test
{
namespace
{

std::shared_ptr<pricing::price_table const> embedded_prices()
{
    static auto const table = std::make_shared<pricing::price_table const>(pricing::price_table::embedded());
    return table;
}

storage::connection open_database(std::string const& path, storage::connection::mode how)
{
    auto db = storage::connection::open(path, how);
    if (!db) throw std::runtime_error("the test's database does not open");
    return std::move(*db);
}

} // namespace

running_gateway::running_gateway(change const& adjust, std::map<std::string, std::string> environment,
                                 gateway::look_up names)
{
    log::configure(log::level::error, false);
    settings_.gateway.listen = {"127.0.0.1", 0};
    settings_.gateway.threads = 1;
    settings_.storage.path = database();
    auto const origin = "http://127.0.0.1:" + std::to_string(provider.port());
    for (auto const* name : {"openai", "anthropic", "google", "local_ai"}) {
        auto& p = settings_.providers[name];
        p.name = name;
        p.base_url = origin;
        p.configured = true;
    }
    if (adjust) adjust(settings_);

    std::string problem;
    auto db = storage::open_and_migrate(database(), problem);
    if (!db) throw std::runtime_error(problem);
    auto const key = storage::find_setting(*db, "hash_key");
    recorder_ = std::make_unique<storage::recorder>(
        storage::recorder_options{database(), settings_.storage.max_queue.bytes,
                                  settings_.storage.durability == config::durability_mode::commit},
        metrics_);
    keys_ = std::make_unique<storage::key_ring>(database(), metrics_, std::chrono::milliseconds(5), &vault_);
    gateway_ = std::make_unique<gateway::gateway>(gateway::dependencies{settings_,
                                                                        embedded_prices(),
                                                                        *recorder_,
                                                                        *keys_,
                                                                        metrics_,
                                                                        *key,
                                                                        std::move(environment),
                                                                        {},
                                                                        std::move(names)});
    recorder_->start();
    gateway_->start();
}

running_gateway::~running_gateway() { end(); }

void running_gateway::reload(change const& adjust)
{
    auto fresh = settings_;
    adjust(fresh);
    gateway_->use(std::move(fresh), embedded_prices());
}

void running_gateway::end()
{
    gateway_->stop(std::chrono::milliseconds(0));
    recorder_->stop(std::chrono::seconds(1));
}

message running_gateway::ask(std::string_view request, std::string_view answer)
{
    auto from = client();
    from.send(request);
    auto at = provider.accept();
    static_cast<void>(read_request(at));
    at.send(answer);
    return read_response(from, !request.starts_with("HEAD "));
}

message running_gateway::forwarded(std::string_view request)
{
    auto from = client();
    from.send(request);
    auto at = provider.accept();
    auto got = read_request(at);
    at.send(ok("{}"));
    if (auto const status = read_response(from).status(); status != 200)
        throw std::runtime_error("the client got status " + std::to_string(status));
    return got;
}

message running_gateway::refusal_of(std::string_view request) const
{
    auto from = client();
    from.send(request);
    return read_response(from, !request.starts_with("HEAD "));
}

storage::connection running_gateway::open() const
{
    return open_database(database(), storage::connection::mode::read_only);
}

std::vector<storage::request_record> running_gateway::rows(std::size_t count,
                                                           storage::organization_id organization) const
{
    auto db = open();
    std::vector<storage::request_record> found;
    eventually(
        [&] {
            auto now = storage::newest_requests(db, organization, 1000, 0);
            if (now) found = std::move(*now);
            return found.size() >= count && std::none_of(found.begin(), found.end(), [](auto const& row) {
                       return row.status == storage::status::pending;
                   });
        },
        std::to_string(count) + " rows");
    if (found.size() > count)
        throw std::runtime_error("there are " + std::to_string(found.size()) + " rows, not " + std::to_string(count));
    return found;
}

std::vector<storage::request_record> running_gateway::final_rows()
{
    end();
    auto db = open();
    auto found = storage::newest_requests(db, storage::default_organization, 1000, 0);
    if (!found) throw std::runtime_error("the rows cannot be read");
    return std::move(*found);
}

storage::bodies running_gateway::bodies_of(storage::request_record const& row) const
{
    auto db = open();
    auto found = storage::find_bodies(db, row.id);
    if (!found) throw std::runtime_error("the row has no bodies");
    return std::move(*found);
}

bool running_gateway::has_rows() const
{
    auto db = open();
    auto const now = storage::newest_requests(db, storage::default_organization, 1, 0);
    return now && !now->empty();
}

double running_gateway::metric(std::string_view line) const
{
    auto const text = metrics_.text();
    auto const at = text.find("\n" + std::string(line) + " ");
    return at == std::string::npos ? 0 : std::strtod(text.c_str() + at + line.size() + 2, nullptr);
}

storage::created_key running_gateway::new_key(storage::key_wish const& wish)
{
    auto const good = metric("weir_api_keys");
    auto db = open_database(database(), storage::connection::mode::read_write);
    auto made = storage::create_key(db, wish, 1);
    if (!made) throw std::runtime_error("no key was made: " + made.error().message());
    wait_for_keys("weir_api_keys", good + 1);
    return std::move(*made);
}

void running_gateway::revoke(std::int64_t id)
{
    auto const good = metric("weir_api_keys");
    auto db = open_database(database(), storage::connection::mode::read_write);
    if (auto const done = storage::revoke_key(db, id, 2); !done) throw std::runtime_error("no key was revoked");
    wait_for_keys("weir_api_keys", good - 1);
}

std::string running_gateway::new_proxy_key(storage::provider_key_wish const& wish,
                                           storage::organization_id organization)
{
    auto const good = metric("weir_proxy_keys");
    auto db = open_database(database(), storage::connection::mode::read_write);
    auto const id = storage::create_provider_key(db, vault_, organization, wish, 1);
    if (!id) throw std::runtime_error("no provider key was made: " + id.error().message());
    auto made = storage::create_proxy_key(db, organization, *id, "n", 1);
    if (!made) throw std::runtime_error("no proxy key was made: " + made.error().message());
    wait_for_keys("weir_proxy_keys", good + 1);
    return std::move(made->key);
}

void running_gateway::end_proxy_key(std::string const& key)
{
    auto const good = metric("weir_proxy_keys");
    auto db = open_database(database(), storage::connection::mode::read_write);
    auto const id = storage::uuid::parse(key.substr(key.size() - 36)).value();
    auto const done = db.execute("UPDATE provider_key SET deleted_us=1,sealed_key=x'' "
                                 "WHERE id=(SELECT provider_key_id FROM proxy_key WHERE id=?1)",
                                 id);
    if (!done) throw std::runtime_error("no provider key was ended");
    wait_for_keys("weir_proxy_keys", good - 1);
}

void running_gateway::wait_for_keys(std::string const& kind, double count) const
{
    eventually([&] { return metric(kind) == count; }, kind + " to be " + std::to_string(count));
}

database_lock::database_lock(std::string const& path)
    : db_(open_database(path, storage::connection::mode::read_write))
{
    eventually([&] { return db_.execute_script("BEGIN IMMEDIATE").has_value(); }, "the database's lock");
}

void database_lock::release() { static_cast<void>(db_.execute_script("ROLLBACK")); }

} // namespace weir::test
