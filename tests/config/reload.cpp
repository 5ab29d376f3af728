#include "config/reload.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace weir::config
{
BOOST_AUTO_TEST_SUITE(reloading)

namespace
{

bool names(std::vector<std::string> const& list, std::string const& key)
{
    return std::find(list.begin(), list.end(), key) != list.end();
}

} // namespace

BOOST_AUTO_TEST_CASE(the_same_configuration_changes_nothing)
{
    settings const running;
    settings fresh;

    auto const outcome = adapt(fresh, running);

    BOOST_TEST(outcome.changed.empty());
    BOOST_TEST(outcome.needs_restart.empty());
}

BOOST_AUTO_TEST_CASE(what_can_change_does_and_what_cannot_keeps_its_value_and_is_named)
{
    settings const running;
    settings fresh;
    fresh.gateway.idle_timeout = milliseconds(7);
    fresh.gateway.allowed_targets = {"api.example.com"};
    fresh.log.level = "debug";
    fresh.gateway.listen.port = 1;
    fresh.storage.path = "other.db";
    fresh.storage.indexed_properties = {"App"};
    fresh.auth.required = true;

    auto const outcome = adapt(fresh, running);

    std::vector<std::string> const changed{"gateway.idle_timeout", "gateway.allowed_targets", "log.level"};
    std::vector<std::string> const later{"gateway.listen", "storage.path", "storage.indexed_properties",
                                         "auth.required"};
    BOOST_TEST(outcome.changed == changed, boost::test_tools::per_element());
    BOOST_TEST(outcome.needs_restart == later, boost::test_tools::per_element());
    BOOST_TEST((fresh.gateway.idle_timeout == milliseconds(7)));
    BOOST_TEST((fresh.gateway.listen == running.gateway.listen));
    BOOST_TEST(fresh.storage.path == running.storage.path);
    BOOST_TEST(fresh.storage.indexed_properties.empty());
    BOOST_TEST(!fresh.auth.required);
}

BOOST_AUTO_TEST_CASE(providers_come_go_and_change_but_their_keys_are_read_at_start)
{
    settings running, fresh;
    running.providers["gone"].base_url = "https://gone.example";
    fresh.providers["new"].base_url = "https://new.example";
    fresh.providers["new"].api_key_env = "NEW_KEY";
    fresh.providers["openai"].base_url = "https://eu.api.openai.com";

    auto const outcome = adapt(fresh, running);

    for (auto const* name : {"providers.gone", "providers.new", "providers.openai"})
        BOOST_TEST_CONTEXT(name) BOOST_TEST(names(outcome.changed, name));
    BOOST_TEST(outcome.changed.size() == 3U);
    BOOST_TEST(names(outcome.needs_restart, "providers.new.api_key_env"));
    BOOST_TEST(fresh.providers["new"].api_key_env == "");
    BOOST_TEST(fresh.providers["openai"].base_url == "https://eu.api.openai.com");
}

BOOST_AUTO_TEST_CASE(commands_are_named_at_start)
{
    settings running, fresh;
    running.experiments.commands["tone"] = {"/bin/tone"};
    fresh.experiments.commands["other"] = {"/bin/other"};

    auto const outcome = adapt(fresh, running);

    BOOST_TEST(names(outcome.needs_restart, "experiments.commands"));
    BOOST_TEST(fresh.experiments.commands == running.experiments.commands);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::config
