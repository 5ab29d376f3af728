#include "api/subversions.hpp"

#include "api/dataset_types.hpp"
#include "api/prompt_templates.hpp"
#include "prompts/template.hpp"
#include "storage/connection.hpp"
#include "storage/experiments_v2.hpp"

#include <boost/json/object.hpp>

#include <utility>

namespace asio = boost::asio;

namespace weir::api
{
namespace
{

result<storage::subversion> read_subversion(subversion_params const& params)
{
    storage::subversion how;
    how.is_major = params.isMajorVersion.value_or(false);
    if (params.bumpForMajorPromptVersionId) {
        auto const id = read_id("bumpForMajorPromptVersionId", *params.bumpForMajorPromptVersionId);
        if (!id) return id.error();
        how.numbered_as = *id;
    }
    if (params.experimentId) {
        auto const id = read_id("experimentId", *params.experimentId);
        if (!id) return id.error();
        how.experiment = *id;
    }
    how.metadata = text_of(params.metadata.value_or(free_object()), {{"isProduction", false}});
    return how;
}

/// Has the experiment know the keys of a column that is to be, for which there has to be room.
result<void> make_room(storage::connection& db, storage::organization_id whose, storage::uuid const& experiment,
                       std::vector<std::string> const& keys)
{
    if (auto const known = storage::add_experiment_keys(db, whose, experiment, keys); !known)
        return or_missing(known.error(), "Experiment not found");
    auto const columns = storage::count_experiment_versions(db, experiment);
    if (!columns) return columns.error();
    if (*columns >= most_experiment_versions)
        return conflict("the experiment has " + std::to_string(*columns) +
                        " prompt versions, which is all it may have");
    return {};
}

result<storage::prompt_version> derive_in(storage::connection& db, storage::organization_id whose,
                                          storage::uuid const& parent, storage::subversion const& how,
                                          storage::prompt_template const& what, std::int64_t now_us)
{
    if (how.experiment)
        if (auto const room = make_room(db, whose, *how.experiment, what.input_keys); !room) return room.error();
    auto made = storage::add_subversion(db, whose, parent, how, what, now_us);
    if (!made && made.error() == storage::errc::conflict)
        return conflict("isMajorVersion: the prompt has a version of that number");
    if (!made) return or_missing(made.error(), "Prompt version not found");
    return std::move(*made);
}

} // namespace

result<storage::uuid> read_id(std::string_view field, std::string const& text)
{
    if (auto const id = storage::uuid::parse(text)) return *id;
    return invalid(std::string(field) + ": is not a UUID");
}

result<std::vector<std::string>> read_plain_input_keys(boost::json::value const& content, std::string_view field)
{
    auto const all = read_input_keys(content, field);
    if (!all) return all.error();
    return prompts::plain_input_keys(content);
}

asio::awaitable<result<prompt_version_result>> derive_version(storage::uuid parent, subversion_params params,
                                                              std::vector<std::string> keys, services& with)
{
    auto how = read_subversion(params);
    if (!how) co_return how.error();
    auto what = storage::template_of(params.newHeliconeTemplate);
    what.input_keys = std::move(keys);
    auto const query = [whose = with.organization, parent, how = std::move(*how), what = std::move(what),
                        now = with.now_us()](storage::connection& db) {
        return derive_in(db, whose, parent, how, what, now);
    };
    auto made = co_await with.store.write(query);
    if (!made) co_return made.error();
    co_return shown(std::move(*made));
}

} // namespace weir::api
