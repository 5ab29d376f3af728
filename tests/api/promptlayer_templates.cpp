// Templates as PromptLayer's clients get and list them.
#include "promptlayer_template_support.hpp"

namespace weir::api::test
{

BOOST_FIXTURE_TEST_SUITE(promptlayer_templates, with_templates)

BOOST_AUTO_TEST_CASE(a_template_is_filled_and_comes_with_its_request)
{
    publish("greeting");

    auto const got = get("greeting", R"({"input_variables":{"tone":"kind","name":"Ada"}})");

    BOOST_TEST((got.at("prompt_name") == "greeting"));
    BOOST_TEST((got.at("version") == 1));
    BOOST_TEST((got.at("workspace_id") == 1));
    BOOST_TEST((got.at("created_at") == "2024-01-15T12:00:00.000000Z"));
    check_json(got.at("prompt_template"), R"({"type":"chat","input_variables":["tone","name"],"messages":[
        {"role":"system","content":[{"type":"text","text":"Be kind."}],"template_format":"f-string","input_variables":["tone"]},
        {"role":"user","content":[{"type":"text","text":"Greet ADA."}],"template_format":"jinja2","input_variables":["name"]}]})");
    check_json(
        got.at("metadata"),
        R"({"model":{"provider":"openai","name":"gpt-4o","parameters":{"temperature":0.5},"api_type":"chat-completions"}})");
    check_json(got.at("llm_kwargs"), R"({"model":"gpt-4o","temperature":0.5,"messages":[
        {"role":"system","content":"Be kind."},{"role":"user","content":"Greet ADA."}]})");
    BOOST_TEST(got.at("commit_message").is_null());
    BOOST_TEST(!got.as_object().contains("provider_base_url"));
    BOOST_TEST(!got.as_object().contains("warning"));
}

BOOST_AUTO_TEST_CASE(without_variables_it_stays_a_template)
{
    publish("greeting");

    for (std::string_view const body :
         {"", "null", "{}", R"({"input_variables":null})",
          R"({"input_variables":{"tone":"x","name":"y"},"skip_input_variable_rendering":true})"}) {
        auto const got = get("greeting", body);
        auto const& messages = got.at("prompt_template").at("messages");
        BOOST_TEST((messages.at(0).at("content").at(0).at("text") == "Be {tone}."));
        BOOST_TEST((messages.at(1).at("content").at(0).at("text") == "Greet {{ name|upper }}."));
    }
}

BOOST_AUTO_TEST_CASE(a_version_is_chosen_by_number_and_by_label)
{
    publish("a", snippet("one"), gpt, R"(,"release_labels":["prod"])");
    publish("a", snippet("two"));
    auto const text = [this](std::string_view body) {
        return std::string(get("a", body).at("prompt_template").at("content").at(0).at("text").as_string());
    };

    BOOST_TEST(text("") == "two");
    BOOST_TEST(text(R"({"version":1})") == "one");
    BOOST_TEST(text(R"({"label":"prod"})") == "one");
    BOOST_TEST(text(R"({"version":1,"label":"prod"})") == "one");
    for (std::string_view const body : {R"({"version":3})", R"({"label":"dev"})", R"({"version":2,"label":"prod"})"})
        expect_refused(ask(with, "POST", "/prompt-templates/a", body), 404, "Prompt template not found");
}

BOOST_AUTO_TEST_CASE(a_prompt_is_named_by_its_name_or_its_id)
{
    auto const id = publish("a/b c").at("id").as_int64();

    for (auto const& name : {std::string("a/b%20c"), std::string("a%2Fb%20c"), std::to_string(id)})
        BOOST_TEST((get(name).at("id") == id));
    for (std::string_view const none : {"nothing", "999", "a"})
        expect_refused(ask(with, "POST", "/prompt-templates/" + std::string(none)), 404, "Prompt template not found");
    auto other = theirs();
    expect_refused(ask(other, "POST", "/prompt-templates/a%2Fb%20c"), 404, "Prompt template not found");
}

BOOST_AUTO_TEST_CASE(provider_model_and_parameters_are_overridden)
{
    publish("greeting");

    auto const got = get("greeting", R"({"provider":"anthropic","model":"claude-3-5-haiku-latest",
        "model_parameter_overrides":{"max_tokens":7},"metadata_filters":{"user":"u"}})");

    check_json(got.at("llm_kwargs"),
               R"({"model":"claude-3-5-haiku-latest","max_tokens":7,"temperature":0.5,"system":"Be {tone}.",
        "messages":[{"role":"user","content":"Greet {{ name|upper }}."}]})");
    check_json(got.at("metadata"), R"({"model":{"provider":"anthropic","name":"claude-3-5-haiku-latest",
        "parameters":{"temperature":0.5,"max_tokens":7}}})");
}

BOOST_AUTO_TEST_CASE(without_a_model_there_is_no_request)
{
    publish("bare", greeting, "{}");

    auto const got = get("bare");

    BOOST_TEST(got.at("llm_kwargs").is_null());
    BOOST_TEST(got.at("warning") == "llm_kwargs are made for a model, and this template has none.");
    check_json(got.at("metadata"), "{}");
    publish("without metadata", greeting, "null");
    BOOST_TEST(get("without%20metadata").at("metadata").is_null());
    BOOST_TEST(get("bare", R"({"provider":"openai","model":"gpt-4o"})").at("llm_kwargs").is_object());
}

BOOST_AUTO_TEST_CASE(clients_are_told_to_call_through_the_gateway_where_it_is_known)
{
    publish("greeting");
    with.gateway_url = "http://127.0.0.1:8787";

    check_json(get("greeting").at("provider_base_url"),
               R"({"id":1,"name":"weir","provider":"openai","url":"http://127.0.0.1:8787/openai/v1"})");
    check_json(get("greeting", R"({"provider":"anthropic","model":"claude"})").at("provider_base_url"),
               R"({"id":1,"name":"weir","provider":"anthropic","url":"http://127.0.0.1:8787/anthropic"})");
    BOOST_TEST(!get("greeting", R"({"provider":"mistral","model":"m"})").as_object().contains("provider_base_url"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_rendered_is_422)
{
    publish("sum", R"({"type":"chat","messages":[{"role":"user","template_format":"jinja2","content":[
        {"type":"text","text":"x\n{{ n + 1 }}"}]},{"role":"placeholder","name":"history"}]})");

    expect_refused(ask(with, "POST", "/prompt-templates/sum", R"({"input_variables":{"n":"one"}})"), 422,
                   "messages[0].content[0].text: line 2: `+` cannot join these values");
    expect_refused(ask(with, "POST", "/prompt-templates/sum", R"({"input_variables":{"n":1,"history":"x"}})"), 422,
                   "input_variables.history: must be an array");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_with_the_question_is_named)
{
    publish("a");
    struct {
        std::string_view body;
        int status;
        std::string_view message;
    } const cases[] = {
        {R"({"version":"one"})", 422, "version: expected a number, got a string"},
        {R"({"version":0})", 422, "version: must be 1 or more"},
        {R"({"workspace_id":2})", 403, "workspace_id: the only workspace of this key is 1"},
        {R"({"input_variables":[]})", 422, "input_variables: expected an object, got an array"},
        {"[]", 422, "body: expected an object, got an array"},
    };
    for (auto const& c : cases) BOOST_TEST_CONTEXT(c.body)
    expect_refused(ask(with, "POST", "/prompt-templates/a", c.body), c.status, c.message);
    BOOST_TEST(ask(with, "POST", "/prompt-templates/a", R"({"label":"\u0000"})").status == 422);
}

BOOST_AUTO_TEST_CASE(snippets_are_put_in_with_their_variables)
{
    publish("tone", snippet("first {mood}"));
    publish("tone", snippet("Be {mood}."), gpt, R"(,"release_labels":["prod"])");
    publish("outer", snippet("[@@@tone@label:prod@@@]"));
    publish("main", R"({"type":"chat","messages":[{"role":"user","content":[{"type":"text",
        "text":"@@@outer@@@ @@@tone@version_number:1@@@ @@@ none @@@none@@@ {x}"}]}]})");

    auto const got = get("main", R"({"input_variables":{"mood":"calm","x":"y"}})");

    auto const& message = got.at("prompt_template").at("messages").at(0);
    BOOST_TEST((message.at("content").at(0).at("text") == "[Be calm.] first calm @@@ none @@@none@@@ y"));
    check_json(message.at("input_variables"), R"(["mood","x"])");
    check_json(got.at("snippets"), R"([{"prompt_name":"outer","version":1,"label":null},
        {"prompt_name":"tone","version":2,"label":"prod"},{"prompt_name":"tone","version":1,"label":null}])");
    BOOST_TEST((got.at("warning") == "There is no snippet  none : it stays as it is written."));

    auto const raw = body_of_success(ask(with, "GET", "/prompt-templates/main?resolve_snippets=false"));
    BOOST_TEST(
        std::string_view(raw.at("prompt_template").at("messages").at(0).at("content").at(0).at("text").as_string())
            .starts_with("@@@outer@@@"));
}

BOOST_AUTO_TEST_CASE(snippets_that_contain_themselves_are_refused)
{
    publish("a", snippet("@@@b@@@"));
    publish("b", snippet("@@@a@@@"));
    publish("self", snippet("@@@self@@@"));
    publish("many", snippet("@@@a@@@"));

    expect_refused(ask(with, "POST", "/prompt-templates/a"), 422, "content[0].text: the snippet b contains itself");
    expect_refused(ask(with, "POST", "/prompt-templates/self"), 422,
                   "content[0].text: the snippet self contains itself");
    for (int i = 0; i < 12; ++i)
        publish("deep" + std::to_string(i), snippet("@@@deep" + std::to_string(i + 1) + "@@@"));
    expect_refused(ask(with, "POST", "/prompt-templates/deep0"), 422, "content[0].text: the snippets nest too deeply");
    publish("wide0", snippet("x"));
    std::string ten;
    for (int i = 1; i < 5; ++i) {
        ten.clear();
        for (int j = 0; j < 10; ++j) ten += "@@@wide" + std::to_string(i - 1) + "@@@";
        publish("wide" + std::to_string(i), snippet(ten));
    }
    expect_refused(ask(with, "POST", "/prompt-templates/wide4"), 422, "content[0].text: there are too many snippets");
}

BOOST_AUTO_TEST_CASE(chats_are_no_snippets)
{
    publish("chat");
    publish("a", snippet("@@@chat@@@"));

    auto const got = get("a");

    BOOST_TEST((got.at("prompt_template").at("content").at(0).at("text") == "@@@chat@@@"));
    BOOST_TEST((got.at("warning") == "There is no snippet chat: it stays as it is written."));
}

BOOST_AUTO_TEST_CASE(a_prompt_of_helicones_api_is_a_template_and_the_other_way_round)
{
    auto const made =
        data_of(ask(with, "POST", "/v1/prompt/create", R"({"userDefinedId":"theirs","metadata":{},"prompt":
        {"model":"gpt-4o","temperature":1,"messages":[{"role":"user","content":"Write about <helicone-prompt-input key=\"topic\" />"}]}})"));

    auto const got = get("theirs", R"({"input_variables":{"topic":"rivers"}})");

    check_json(got.at("llm_kwargs"),
               R"({"model":"gpt-4o","temperature":1,"messages":[{"role":"user","content":"Write about rivers"}]})");
    BOOST_TEST((got.at("version") == 1));

    publish("theirs", greeting, gpt);
    auto const compiled =
        data_of(ask(with, "POST", "/v1/prompt/theirs/compile", R"({"inputs":{"tone":"kind"},"filter":"all"})"));
    check_json(compiled.at("prompt_compiled"), R"({"model":"gpt-4o","temperature":0.5,"messages":[
        {"role":"system","content":"Be kind."},{"role":"user","content":"Greet {{ name|upper }}."}]})");
    auto const versions =
        data_of(ask(with, "POST", "/v1/prompt/" + std::string(made.at("id").as_string()) + "/versions/query", "{}"));
    BOOST_TEST_REQUIRE(versions.as_array().size() == 2U);
    BOOST_TEST((versions.at(1).at("major_version") == 2));
    check_json(versions.at(1).at("metadata"), R"({"isProduction":true,"provider":"OPENAI"})");
}

BOOST_AUTO_TEST_CASE(a_template_is_read_as_it_is)
{
    publish("greeting");

    auto const plain = body_of_success(ask(with, "GET", "/prompt-templates/greeting"));
    auto const full = body_of_success(ask(with, "GET", "/prompt-templates/greeting?version=1&include_llm_kwargs=true"));
    auto const old = body_of_success(ask(with, "GET", "/library-get-prompt-template?prompt_name=greeting"));

    BOOST_TEST((plain.at("success") == true));
    BOOST_TEST(!plain.as_object().contains("llm_kwargs"));
    BOOST_TEST((plain.at("prompt_template").at("messages").at(0).at("content").at(0).at("text") == "Be {tone}."));
    BOOST_TEST((full.at("llm_kwargs").at("model") == "gpt-4o"));
    BOOST_TEST((old.at("id") == plain.at("id")));
    expect_refused(ask(with, "GET", "/prompt-templates/none"), 404, "Prompt template not found");
    expect_refused(ask(with, "GET", "/prompt-templates/greeting?version=0"), 422, "version: must be 1 or more");
    expect_refused(ask(with, "GET", "/library-get-prompt-template"), 422, "prompt_name: is required");
}

BOOST_AUTO_TEST_CASE(templates_are_listed_by_page_and_filter)
{
    for (int i = 1; i <= 5; ++i) publish("p" + std::to_string(i), i == 5 ? snippet("x") : std::string(greeting));
    auto const listed = [this](std::string const& query) {
        auto const page = body_of_success(ask(with, "GET", "/prompt-templates" + query));
        std::string names;
        for (auto const& item : page.at("items").as_array())
            names += std::string(item.at("prompt_name").as_string()) + " ";
        return names;
    };

    auto const page =
        body_of_success(ask(with, "GET", "/prompt-templates?page=2&per_page=2&sort_by=name&sort_order=asc"));
    BOOST_TEST(page.at("items").as_array().size() == 2U);
    BOOST_TEST((page.at("items").at(0).at("prompt_name") == "p3"));
    BOOST_TEST((page.at("items").at(0).at("is_snippet") == false));
    BOOST_TEST((page.at("items").at(0).at("prompt_template").at("type") == "chat"));
    BOOST_TEST((page.at("total") == 5));
    BOOST_TEST((page.at("pages") == 3));
    BOOST_TEST((page.at("next_num") == 3));
    BOOST_TEST((page.at("prev_num") == 1));
    BOOST_TEST((page.at("has_next") == true));
    BOOST_TEST(listed("?page=9") == "");
    BOOST_TEST(listed("?name=P5") == "p5 ");
    BOOST_TEST(listed("?is_snippet=true") == "p5 ");
    BOOST_TEST(listed("?created_by_email=a@b.c") == "");
    BOOST_TEST(listed("?created_after=2030-01-01T00:00:00Z") == "");
    BOOST_TEST(listed("?sort_by=name&per_page=1") == "p5 ");
    BOOST_TEST(listed("?tags=x") == "");
    expect_refused(ask(with, "GET", "/prompt-templates?per_page=101"), 422, "per_page: must be 1 to 100");
    expect_refused(ask(with, "GET", "/prompt-templates?page=0"), 422, "page: must be 1 to 1000000");
    expect_refused(ask(with, "GET", "/prompt-templates?external_id=1"), 422,
                   "external_source: goes with external_id, and the other way round");
    BOOST_TEST(ask(with, "GET", "/prompt-templates?created_after=yesterday").status == 422);
    BOOST_TEST(ask(with, "GET", "/prompt-templates?sort_by=size").status == 422);
}

BOOST_AUTO_TEST_CASE(a_key_that_may_only_read_gets_templates)
{
    publish("greeting");
    with.permissions = storage::key_permissions::read;

    get("greeting");
    BOOST_TEST(ask(with, "GET", "/prompt-templates").status == 200);
    BOOST_TEST(ask(with, "POST", "/rest/prompt-templates", publication("x")).status == 403);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api::test
