#include "api/promptlayer/dataset_types.hpp"

#include "storage/call_search.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"

namespace asio = boost::asio;

namespace weir::api::promptlayer
{
namespace
{

failure too_much() { return invalid("the calls are more than 256 MiB together: choose fewer, by a filter or a limit"); }

} // namespace

dataset_group_form form_of(storage::dataset_group const& group)
{
    return {group.id, group.name, own_workspace, group.is_deleted};
}

std::vector<external_id_form> forms_of(std::vector<storage::external_name> const& ids)
{
    std::vector<external_id_form> forms;
    for (auto const& one : ids) forms.push_back({one.source, one.id});
    return forms;
}

dataset_form form_of(storage::dataset_version const& version)
{
    dataset_form form;
    form.id = version.id;
    form.dataset_group_id = version.group.id;
    form.version_number = version.version_number;
    form.column_names = version.columns;
    if (version.filter) form.filter_params = raw_json{*version.filter};
    form.is_deleted = version.group.is_deleted;
    form.created_at = time_text(version.created_us);
    form.updated_at = time_text(version.updated_us);
    form.dataset_group = form_of(version.group);
    form.external_ids = forms_of(version.group.external_ids);
    return form;
}

result<std::vector<storage::external_name>> read_external_ids(std::vector<external_id_form> const& given)
{
    constexpr std::size_t longest_source = 128, longest_external_id = 512, most_external_ids = 100;
    if (given.size() > most_external_ids) return unprocessable("external_ids: at most 100");
    std::vector<storage::external_name> ids;
    for (std::size_t i = 0; i < given.size(); ++i) {
        auto const here = "external_ids[" + std::to_string(i) + "]";
        if (given[i].source.empty()) return unprocessable(here + ".source: is empty");
        if (given[i].external_id.empty()) return unprocessable(here + ".external_id: is empty");
        if (auto bad = problem_with_value(here + ".source", given[i].source, longest_source)) return *bad;
        if (auto bad = problem_with_value(here + ".external_id", given[i].external_id, longest_external_id))
            return *bad;
        ids.push_back({given[i].source, given[i].external_id});
    }
    return ids;
}

std::optional<failure> problem_with_name(std::string_view field, std::string_view name)
{
    if (name.empty()) return unprocessable(std::string(field) + ": is empty");
    return problem_with_value(field, name, longest_dataset_name);
}

asio::awaitable<result<std::vector<storage::history_row>>> calls_of(flat_choice choice, services& with)
{
    auto const query = [whose = with.organization,
                        choice](storage::connection& db) -> storage::result<std::vector<storage::history_row>> {
        auto const search = with_templates(db, whose, choice);
        if (!search) return search.error();
        return storage::find_history(db, whose, *search, most_dataset_bytes);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::not_found) co_return not_found("there is no such prompt template");
    if (!found && found.error() == storage::errc::too_large) co_return too_much();
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<std::vector<storage::history_row>>> calls_of(storage::call_search search, services& with)
{
    flat_choice choice;
    choice.search = std::move(search);
    co_return co_await calls_of(std::move(choice), with);
}

asio::awaitable<result<std::vector<storage::history_row>>> calls_of(std::vector<std::int64_t> numbers, services& with)
{
    auto const query = [whose = with.organization, numbers = std::move(numbers)](
                           storage::connection& db) -> storage::result<std::vector<storage::history_row>> {
        std::vector<storage::uuid> ids;
        for (auto const number : numbers) {
            auto const id = storage::numbered_thing(db, whose, storage::numbered::request, number);
            if (!id && id.error() == storage::errc::not_found) continue;
            if (!id) return id.error();
            ids.push_back(*id);
        }
        return storage::find_history(db, whose, ids, most_dataset_bytes);
    };
    auto found = co_await with.store.read(query);
    if (!found && found.error() == storage::errc::too_large)
        co_return invalid("request_log_ids: these calls are more than 256 MiB together");
    if (!found) co_return found.error();
    co_return std::move(*found);
}

asio::awaitable<result<std::vector<storage::history_row>>> calls_of(dataset_filter_params body, services& with)
{
    if (body.request_log_ids) {
        if (std::ssize(*body.request_log_ids) > most_dataset_rows)
            co_return unprocessable("request_log_ids: at most 50000");
        co_return co_await calls_of(std::move(*body.request_log_ids), with);
    }
    auto choice = read_flat_filter(body);
    if (!choice) co_return choice.error();
    if (body.filter_group && !body.filter_group->is_null()) {
        auto group = read_filter_group(*body.filter_group, "filter_group");
        if (!group) co_return group.error();
        choice->search.what.parts.push_back(std::move(*group));
    }
    co_return co_await calls_of(std::move(*choice), with);
}

storage::result<std::int64_t> publish_rows(storage::connection& db, storage::organization_id whose, std::int64_t group,
                                           std::optional<std::string> const& filter,
                                           std::vector<storage::dataset_version_row> const& rows, std::int64_t now)
{
    auto const draft = storage::draft_of(db, whose, group, now);
    if (!draft) return draft.error();
    if (auto const done = storage::clear_draft(db, draft->id, filter); !done) return done.error();
    if (auto const done = storage::add_dataset_version_rows(db, whose, draft->id, rows, now); !done)
        return done.error();
    if (auto const done = storage::publish_draft(db, draft->id, now); !done) return done.error();
    return draft->id;
}

failure no_such_group() { return not_found("dataset_group_id: there is no such dataset group"); }

} // namespace weir::api::promptlayer
