#include "api/promptlayer/dataset_types.hpp"

#include "storage/call_search.hpp"
#include "storage/connection.hpp"

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

failure no_such_group() { return not_found("dataset_group_id: there is no such dataset group"); }

} // namespace weir::api::promptlayer
