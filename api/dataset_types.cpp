#include "api/dataset_types.hpp"

#include "api/text_limits.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"
#include "storage/experiment_datasets.hpp"

#include <set>

namespace asio = boost::asio;

namespace weir::api
{

result<storage::dataset_wish> read_dataset_wish(std::string const& name, std::string_view type,
                                                std::optional<dataset_metadata> const& meta)
{
    constexpr std::size_t longest_name = 200;
    if (auto const bad = problem_with_text("datasetName", name, longest_name)) return *bad;
    storage::dataset_wish wish{.name = name, .type = type, .metadata = {}};
    if (!meta) return wish;
    if (meta->promptVersionId && !storage::uuid::parse(*meta->promptVersionId))
        return invalid("meta.promptVersionId: must be a UUID");
    if (meta->inputRecordsIds) {
        auto const ids = read_ids(*meta->inputRecordsIds, "meta.inputRecordsIds");
        if (!ids) return ids.error();
    }
    wish.metadata = to_json(*meta);
    return wish;
}

result<std::vector<storage::uuid>> read_ids(std::vector<std::string> const& texts, std::string_view path,
                                            std::size_t most)
{
    if (texts.size() > most) return invalid(std::string(path) + ": at most " + std::to_string(most) + " at once");
    std::vector<storage::uuid> ids;
    for (auto const& text : texts) {
        auto const id = storage::uuid::parse(text);
        if (!id) return invalid(std::string(path) + "[" + std::to_string(ids.size()) + "]: must be a UUID");
        ids.push_back(*id);
    }
    return ids;
}

namespace
{

storage::result<storage::uuid> make_of(storage::connection& db, storage::organization_id whose,
                                       storage::dataset_wish const& wish, std::vector<storage::uuid> const& calls,
                                       std::int64_t now_us)
{
    auto const made = storage::create_dataset(db, whose, wish, now_us);
    if (!made) return made;
    std::set<storage::uuid> met;
    for (auto const& call : calls) {
        if (!met.insert(call).second) continue;
        auto const added = storage::add_inputs(db, whose, *made, call, now_us);
        if (!added) return added.error();
    }
    return made;
}

} // namespace

asio::awaitable<result<made_dataset>> make_dataset_of_calls(storage::dataset_wish wish,
                                                            std::vector<std::string> requests, services& with)
{
    auto ids = read_ids(requests, "requestIds");
    if (!ids) co_return ids.error();
    auto const query = [whose = with.organization, wish = std::move(wish), ids = std::move(*ids),
                        now = with.now_us()](storage::connection& db) { return make_of(db, whose, wish, ids, now); };
    auto const made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return made_dataset{made->text()};
}

failure or_missing(boost::system::error_code why, std::string_view missing)
{
    return why == storage::errc::not_found ? not_found(missing) : failure(why);
}

} // namespace weir::api
