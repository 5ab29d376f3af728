// Templates as PromptLayer's clients publish, change and label them.
#include "promptlayer_template_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(promptlayer_publishing, with_templates)

BOOST_AUTO_TEST_CASE(a_published_version_is_answered_with_all_that_was_kept)
{
    auto const first = publish("greeting");

    auto const said = body_of_success(ask(with, "POST", "/rest/prompt-templates", R"({
        "prompt_template":{"prompt_name":"greeting","tags":["b","a"],"workspace_id":1,"folder_id":null},
        "prompt_version":{"prompt_template":{"type":"completion","content":[{"type":"text","text":"Hi {x}"}]},
                          "commit_message":"shorter","metadata":{"team":"t","model":null}},
        "release_labels":["prod","dev"],"external_ids":[{"source":"crm","external_id":"7"}]})"));

    BOOST_TEST((said.at("id") == first.at("id")));
    BOOST_TEST((said.at("version_number") == 2));
    BOOST_TEST((said.at("prompt_version_id") != first.at("prompt_version_id")));
    check_json(said.at("tags"), R"(["a","b"])");
    check_json(said.at("release_labels"), R"(["prod","dev"])");
    BOOST_TEST((said.at("commit_message") == "shorter"));
    check_json(said.at("metadata"), R"({"team":"t","model":null})");
    check_json(said.at("external_ids"), R"([{"source":"crm","external_id":"7"}])");
    check_json(said.at("prompt_template"), R"({"type":"completion","content":[{"type":"text","text":"Hi {x}"}],
        "template_format":"f-string","input_variables":["x"]})");
}

BOOST_AUTO_TEST_CASE(what_nests_deeply_can_be_read_again)
{
    std::string deep = "1";
    for (int i = 0; i < 40; ++i) deep = R"({"a":)" + deep + "}";
    std::string const blueprint =
        R"({"type":"chat","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"tools":[)"
        R"({"type":"function","function":{"name":"f","parameters":)" +
        deep + "}}]}";
    BOOST_TEST_REQUIRE(ask(with, "POST", "/rest/prompt-templates", publication("deep", blueprint)).status == 200);

    for (auto const* method : {"GET", "POST"}) {
        auto const said = ask(with, method, "/prompt-templates/deep");
        BOOST_TEST(said.status == 200);
        BOOST_TEST(said.body.find(deep) != std::string::npos);
    }
    BOOST_TEST(ask(with, "GET", "/prompt-templates").status == 200);
}

BOOST_AUTO_TEST_CASE(null_takes_a_member_out)
{
    publish("a", R"({"type":"chat","messages":[],"tools":[{"type":"function","function":{"name":"f"}}]})");

    auto const said = body_of_success(
        ask(with, "PATCH", "/rest/prompt-templates/a", R"({"tools":null,"functions":null,"model_parameters":null})"),
        201);

    BOOST_TEST((said.at("version_number") == 2));
    auto const now = get("a");
    BOOST_TEST(!now.at("prompt_template").as_object().contains("tools"));
    BOOST_TEST(now.at("metadata").at("model").at("parameters").as_object().empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_publication_is_named)
{
    auto const version = [](std::string_view blueprint, std::string_view more = "") {
        return R"({"prompt_template":{"prompt_name":"a"},"prompt_version":{"prompt_template":)" +
               std::string(blueprint) + std::string(more) + "}}";
    };
    struct {
        std::string body;
        int status;
        std::string_view message;
    } const cases[] = {
        {"{}", 422, "prompt_template: is required"},
        {R"({"prompt_template":{"prompt_name":"a"}})", 422, "prompt_version: is required"},
        {publication(""), 422, "prompt_template.prompt_name: is empty"},
        {publication(std::string(513, 'x')), 422, "prompt_template.prompt_name: is longer than 512 characters"},
        {publication(std::string("a\0b", 3)), 422, "prompt_template.prompt_name: contains a NUL character"},
        {version("[]"), 422, "prompt_version.prompt_template: must be an object"},
        {version(R"({"type":"chat","messages":[{"role":"user","content":"x"}]})"), 422,
         "prompt_version.prompt_template.messages[0].content: must be an array of blocks"},
        {version(
             R"({"type":"completion","template_format":"jinja2","content":[{"type":"text","text":"{% call x %}"}]})"),
         422, "prompt_version.prompt_template.content[0].text: line 1: the statement `call` is not supported"},
        {version(snippet("x"), R"(,"metadata":[])"), 422, "prompt_version.metadata: must be an object"},
        {version(snippet("x"), R"(,"metadata":{"model":1})"), 422, "prompt_version.metadata.model: must be an object"},
        {version(snippet("x"), R"(,"metadata":{"model":{"name":1}})"), 422,
         "prompt_version.metadata.model.name: must be a string"},
        {version(snippet("x"), R"(,"commit_message":")" + std::string(73, 'x') + "\""), 422,
         "prompt_version.commit_message: is longer than 72 characters"},
        {publication("a", greeting, gpt, R"(,"release_labels":[""])"), 422, "release_labels[0]: is empty"},
        {publication("a", greeting, gpt, R"(,"external_ids":[{"source":"","external_id":"x"}])"), 422,
         "external_ids[0].source: is empty"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body.substr(0, 200))
    expect_refused(ask(with, "POST", "/rest/prompt-templates", c.body), c.status, c.message);
    BOOST_TEST((body_of_success(ask(with, "GET", "/prompt-templates")).at("total") == 0));
}

BOOST_AUTO_TEST_CASE(an_external_id_of_another_prompt_is_409_and_nothing_is_published)
{
    constexpr std::string_view id = R"(,"external_ids":[{"source":"crm","external_id":"7"}])";
    publish("a", greeting, gpt, id);
    publish("a", greeting, gpt, id);

    expect_refused(ask(with, "POST", "/rest/prompt-templates", publication("b", greeting, gpt, id)), 409,
                   "external_ids: one of them is another prompt's");

    auto const page = body_of_success(ask(with, "GET", "/prompt-templates?external_source=crm&external_id=7"));
    BOOST_TEST((page.at("total") == 1));
    BOOST_TEST((body_of_success(ask(with, "GET", "/prompt-templates")).at("total") == 1));
}

BOOST_AUTO_TEST_CASE(old_clients_publish_a_flat_body)
{
    auto const said =
        body_of_success(ask(with, "POST", "/library-publish-prompt-template",
                            R"({"prompt_name":"old","prompt_template":)" + snippet("x") +
                                R"(,"tags":["t"],"release_labels":["prod"],"metadata":{},"api_key":"k"})"));

    BOOST_TEST((said.at("version_number") == 1));
    check_json(said.at("tags"), R"(["t"])");
    expect_refused(ask(with, "POST", "/library-publish-prompt-template",
                       R"({"prompt_name":"old","prompt_template":{"type":"x"}})"),
                   422, "prompt_template.type: must be chat or completion");
}

BOOST_AUTO_TEST_CASE(a_patch_publishes_what_differs_from_the_newest)
{
    publish("greeting", greeting, gpt, R"(,"release_labels":["prod"])");

    auto const said = body_of_success(ask(with, "PATCH", "/rest/prompt-templates/greeting", R"({
        "messages":{"0":{"content":[{"type":"text","text":"Be {mood}."}]},"1":null,
                    "2":{"role":"user","content":[{"type":"text","text":"Bye"}]}},
        "tools":[{"type":"function","function":{"name":"f"}}],
        "model_parameters":{"temperature":null,"seed":7},"response_format":{"type":"json_object"},
        "commit_message":"changed","release_labels":["dev"]})"),
                                      201);

    BOOST_TEST((said.at("version_number") == 2));
    BOOST_TEST((said.at("commit_message") == "changed"));
    check_json(said.at("release_labels"), R"(["dev"])");
    check_json(said.at("prompt_template"), R"({"type":"chat","input_variables":["mood"],"messages":[
        {"role":"system","content":[{"type":"text","text":"Be {mood}."}],"template_format":"f-string","input_variables":["mood"]},
        {"role":"user","content":[{"type":"text","text":"Bye"}],"template_format":"f-string","input_variables":[]}],
        "tools":[{"type":"function","function":{"name":"f"}}]})");
    check_json(said.at("metadata"), R"({"model":{"provider":"openai","name":"gpt-4o","api_type":"chat-completions",
        "parameters":{"seed":7,"response_format":{"type":"json_object"}}}})");

    auto const of_first = body_of_success(
        ask(with, "PATCH", "/rest/prompt-templates/greeting", R"({"label":"prod","messages":[]})"), 201);
    BOOST_TEST((of_first.at("version_number") == 3));
    check_json(of_first.at("prompt_template").at("messages"), "[]");
    check_json(of_first.at("metadata").at("model").at("parameters"), R"({"temperature":0.5})");
}

BOOST_AUTO_TEST_CASE(a_patch_of_a_completion_changes_its_content)
{
    publish("a", R"({"type":"completion","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]})");

    auto const said = body_of_success(
        ask(with, "PATCH", "/rest/prompt-templates/a", R"({"content":{"0":null,"1":{"text":"{new}"}}})"), 201);

    check_json(said.at("prompt_template").at("content"), R"([{"type":"text","text":"{new}"}])");
    check_json(said.at("prompt_template").at("input_variables"), R"(["new"])");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_patch_is_named)
{
    publish("a");
    struct {
        std::string_view body;
        int status;
        std::string_view message;
    } const cases[] = {
        {R"({"version":1,"label":"x"})", 422, "label: goes with no version"},
        {R"({"version":2})", 404, "Prompt template not found"},
        {R"({"messages":{"x":{}}})", 422, "messages: its members must be indices"},
        {R"({"messages":{"9":{}}})", 422, "messages.9: there are 2"},
        {R"({"messages":"x"})", 422, "messages: must be an array, or an object by index"},
        {R"({"messages":{"0":{"role":"x"}}})", 422,
         "prompt_template.messages[0].role: must be system, developer, user, assistant, tool, function or placeholder"},
        {R"({"content":[]})", 422, "content: this is no template of type completion"},
        {R"({"model_parameters":[]})", 422, "model_parameters: must be an object"},
        {R"({"release_labels":["x","\u0000"]})", 422, "release_labels[1]: contains a NUL character"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body)
    expect_refused(ask(with, "PATCH", "/rest/prompt-templates/a", c.body), c.status, c.message);
    expect_refused(ask(with, "PATCH", "/rest/prompt-templates/none", "{}"), 404, "Prompt template not found");
    BOOST_TEST((get("a").at("version") == 1));
}

BOOST_AUTO_TEST_CASE(labels_are_made_moved_listed_and_deleted)
{
    auto const first = publish("a/b", greeting, gpt, R"(,"release_labels":["prod"])");
    auto const second = publish("a/b");
    auto const id = std::to_string(first.at("id").as_int64());

    auto const made =
        body_of_success(ask(with, "POST", "/prompts/" + id + "/label", R"({"prompt_version_number":2,"name":"dev"})"));
    BOOST_TEST((made.at("name") == "dev"));
    BOOST_TEST((made.at("prompt_id") == first.at("id")));
    BOOST_TEST((made.at("prompt_version_id") == second.at("prompt_version_id")));
    BOOST_TEST((made.at("created_at") == "2024-01-15T12:00:00.000000Z"));
    auto const label = std::to_string(made.at("id").as_int64());

    auto const moved = body_of_success(ask(with, "PATCH", "/prompt-labels/" + label, R"({"prompt_version_number":1})"));
    BOOST_TEST((moved.at("prompt_version_id") == first.at("prompt_version_id")));

    auto const all = body_of_success(ask(with, "GET", "/prompt-templates/a/b/labels"));
    BOOST_TEST_REQUIRE(all.at("release_labels").as_array().size() == 2U);
    auto const& prod = all.at("release_labels").at(0);
    BOOST_TEST((prod.at("release_label") == "prod"));
    BOOST_TEST((prod.at("prompt_version_number") == 1));
    BOOST_TEST((prod.at("prompt_version_id") == first.at("prompt_version_id")));

    BOOST_TEST(ask(with, "DELETE", "/prompt-labels/" + label).status == 204);
    expect_refused(ask(with, "DELETE", "/prompt-labels/" + label), 404, "Release label not found");
    expect_refused(ask(with, "PATCH", "/prompt-labels/" + label, R"({"prompt_version_number":1})"), 404,
                   "Release label not found");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_a_label_is_named)
{
    auto const id = std::to_string(publish("a").at("id").as_int64());

    expect_refused(ask(with, "POST", "/prompts/" + id + "/label", R"({"prompt_version_number":2,"name":"x"})"), 404,
                   "Prompt version not found");
    expect_refused(ask(with, "POST", "/prompts/" + id + "/label", R"({"prompt_version_number":1,"name":""})"), 422,
                   "name: is empty");
    expect_refused(ask(with, "POST", "/prompts/" + id + "/label", R"({"name":"x"})"), 422,
                   "prompt_version_number: is required");
    expect_refused(ask(with, "POST", "/prompts/99/label", R"({"prompt_version_number":1,"name":"x"})"), 404,
                   "Prompt template not found");
    expect_refused(ask(with, "GET", "/prompt-templates/none/labels"), 404, "Prompt template not found");
    auto other = theirs();
    expect_refused(ask(other, "POST", "/prompts/" + id + "/label", R"({"prompt_version_number":1,"name":"x"})"), 404,
                   "Prompt template not found");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
