#include "api/endpoints.hpp"
#include "api/promptlayer/template_view.hpp"
#include "api/promptlayer/values.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"
#include "storage/prompt_labels.hpp"

namespace asio = boost::asio;

namespace weir::api::promptlayer
{

struct labels_request {
    std::string identifier;
};
BOOST_DESCRIBE_STRUCT(labels_request, (), (identifier))

struct listed_label {
    std::int64_t prompt_version_id = 0, prompt_version_number = 0;
    std::string release_label;
    std::int64_t release_label_id = 0;
};
BOOST_DESCRIBE_STRUCT(listed_label, (), (prompt_version_id, prompt_version_number, release_label, release_label_id))

struct listed_labels {
    std::vector<listed_label> release_labels;
};
BOOST_DESCRIBE_STRUCT(listed_labels, (), (release_labels))

struct new_label_params {
    std::int64_t prompt_version_number = 0;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(new_label_params, (), (prompt_version_number, name))

struct new_label_request {
    std::int64_t prompt_id = 0;
    new_label_params body;
};
BOOST_DESCRIBE_STRUCT(new_label_request, (), (prompt_id, body))

struct move_label_params {
    std::int64_t prompt_version_number = 0;
};
BOOST_DESCRIBE_STRUCT(move_label_params, (), (prompt_version_number))

struct move_label_request {
    std::int64_t prompt_label_id = 0;
    move_label_params body;
};
BOOST_DESCRIBE_STRUCT(move_label_request, (), (prompt_label_id, body))

struct label_request {
    std::int64_t prompt_label_id = 0;
};
BOOST_DESCRIBE_STRUCT(label_request, (), (prompt_label_id))

struct release_label_answer {
    std::int64_t id = 0;
    std::string name;
    std::int64_t prompt_id = 0, prompt_version_id = 0, prompt_version_number = 0;
    std::string created_at;
};
BOOST_DESCRIBE_STRUCT(release_label_answer, (),
                      (id, name, prompt_id, prompt_version_id, prompt_version_number, created_at))

namespace
{

failure no_such_label(boost::system::error_code why)
{
    return why == storage::errc::not_found ? not_found("Release label not found") : failure(why);
}

failure no_such_version(boost::system::error_code why)
{
    return why == storage::errc::not_found ? not_found("Prompt version not found") : failure(why);
}

storage::result<release_label_answer> shown(storage::connection& db, storage::organization_id whose,
                                            storage::result<storage::prompt_label> const& label)
{
    if (!label) return label.error();
    auto const prompt = storage::number_of(db, whose, storage::numbered::prompt, label->prompt);
    if (!prompt) return prompt.error();
    auto const version = storage::number_of(db, whose, storage::numbered::prompt_version, label->version);
    if (!version) return version.error();
    return release_label_answer{.id = label->id,
                                .name = label->name,
                                .prompt_id = *prompt,
                                .prompt_version_id = *version,
                                .prompt_version_number = label->version_number,
                                .created_at = time_text(label->created_us)};
}

storage::result<listed_labels> labels_of(storage::connection& db, storage::organization_id whose,
                                         std::string const& name)
{
    auto const prompt = storage::find_prompt_named(db, whose, name);
    if (!prompt) return prompt.error();
    auto const labels = storage::list_labels(db, whose, *prompt);
    if (!labels) return labels.error();
    listed_labels all;
    for (auto const& label : *labels) {
        auto const version = storage::number_of(db, whose, storage::numbered::prompt_version, label.version);
        if (!version) return version.error();
        all.release_labels.push_back({*version, label.version_number, label.name, label.id});
    }
    return all;
}

asio::awaitable<result<bare<listed_labels>>> list_labels(labels_request asked, services& with)
{
    auto const query = [whose = with.organization, asked](storage::connection& db) {
        return labels_of(db, whose, asked.identifier);
    };
    auto found = co_await with.store.write(query); // their versions may have no numbers yet
    if (!found) co_return no_such_prompt(found.error());
    co_return bare<listed_labels>{std::move(*found)};
}

asio::awaitable<result<bare<release_label_answer>>> create_label(new_label_request asked, services& with)
{
    auto const& body = asked.body;
    if (body.name.empty()) co_return unprocessable("name: is empty");
    if (auto const bad = problem_with_value("name", body.name, longest_label)) co_return *bad;
    auto const numbered = [whose = with.organization, asked](storage::connection& db) {
        return storage::numbered_thing(db, whose, storage::numbered::prompt, asked.prompt_id);
    };
    auto const prompt = co_await with.store.read(numbered);
    if (!prompt) co_return no_such_prompt(prompt.error());
    auto const query = [whose = with.organization, asked, prompt = *prompt,
                        now = with.now_us()](storage::connection& db) -> storage::result<release_label_answer> {
        auto const version = storage::find_blueprint(db, whose, prompt, {.number = asked.body.prompt_version_number});
        if (!version) return version.error();
        return shown(db, whose, storage::put_label(db, whose, prompt, version->id, asked.body.name, now));
    };
    auto made = co_await with.store.write(query);
    if (!made) co_return no_such_version(made.error());
    co_return bare<release_label_answer>{std::move(*made)};
}

asio::awaitable<result<bare<release_label_answer>>> move_label(move_label_request asked, services& with)
{
    auto const find = [whose = with.organization, asked](storage::connection& db) {
        return storage::find_label(db, whose, asked.prompt_label_id);
    };
    auto const label = co_await with.store.read(find);
    if (!label) co_return no_such_label(label.error());
    auto const query = [whose = with.organization, asked,
                        label = *label](storage::connection& db) -> storage::result<release_label_answer> {
        auto const version =
            storage::find_blueprint(db, whose, label.prompt, {.number = asked.body.prompt_version_number});
        if (!version) return version.error();
        return shown(db, whose, storage::move_label(db, whose, asked.prompt_label_id, version->id));
    };
    auto moved = co_await with.store.write(query);
    if (!moved) co_return no_such_version(moved.error());
    co_return bare<release_label_answer>{std::move(*moved)};
}

asio::awaitable<result<no_content>> delete_label(label_request asked, services& with)
{
    auto const query = [whose = with.organization, asked](storage::connection& db) {
        return storage::delete_label(db, whose, asked.prompt_label_id);
    };
    auto const done = co_await with.store.write(query);
    if (!done) co_return no_such_label(done.error());
    co_return no_content{};
}

constexpr endpoint template_label_entries[] = {
    get<list_labels>("/prompt-templates/{identifier...}/labels", "GetPromptTemplateLabels",
                     "The labels of a prompt's versions"),
    changes(post<create_label>("/prompts/{prompt_id}/label", "CreatePromptLabel",
                               "Gives a version a label, which another one of the prompt loses")),
    patch<move_label>("/prompt-labels/{prompt_label_id}", "MovePromptLabel", "Moves a label to another version"),
    delete_<delete_label>("/prompt-labels/{prompt_label_id}", "DeletePromptLabel", "Deletes a label"),
};
static_assert(each_is_unique(template_label_entries));

} // namespace

} // namespace weir::api::promptlayer

namespace weir::api
{

constinit group const promptlayer_label_endpoints{"PromptLayer templates", promptlayer::template_label_entries, false,
                                                  dialect::promptlayer};

} // namespace weir::api
