#include "api/identify.hpp"

#include "storage/connection.hpp"
#include "storage/migrations.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

namespace weir::api
{
namespace
{

namespace asio = boost::asio;
using storage::key_permissions;

struct with_keys {
    weir::test::temp_folder folder;
    std::string problem;
    storage::connection db = storage::open_and_migrate(folder.file("weir.db"), problem).value();
    std::string const full = make("Acme", key_permissions::read_write);
    std::string const reads = make("default", key_permissions::read);
    std::string const writes = make("default", key_permissions::write);
    metrics::registry metrics;
    storage::key_ring ring{folder.file("weir.db"), metrics, std::chrono::hours(1)};
    storage::key_ring::reader keys{ring};

    std::string make(std::string organization, key_permissions permissions)
    {
        return storage::create_key(db, {"n", std::move(organization), permissions}, 1).value().key;
    }

    /// The organisation's number, or the status and the text of the refusal.
    std::string told(std::string authorization, bool required)
    {
        asio::io_context io;
        std::string text;
        asio::co_spawn(io, identify(std::move(authorization), keys, required),
                       [&](std::exception_ptr const&, result<caller> const& whose) {
                           text = whose ? std::to_string(static_cast<std::int64_t>(whose->organization)) + " " +
                                              std::string(name_of(whose->permissions))
                                        : std::to_string(status_for(whose.error().code)) + " " + whose.error().text;
                       });
        io.run();
        return text;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(identifying, with_keys)

BOOST_AUTO_TEST_CASE(a_key_stands_for_its_organisation_with_or_without_its_scheme)
{
    for (bool const required : {false, true}) {
        BOOST_TEST(told("Bearer " + full, required) == "2 rw");
        BOOST_TEST(told("bearer  " + full, required) == "2 rw");
        BOOST_TEST(told(full, required) == "2 rw");
        BOOST_TEST(told("Bearer " + reads, required) == "1 r");
    }
}

BOOST_AUTO_TEST_CASE(without_a_field_the_default_organisation_reads_unless_keys_are_required)
{
    BOOST_TEST(told("", false) == "1 rw");
    BOOST_TEST(told("", true) == "401 No authorization header");
}

BOOST_AUTO_TEST_CASE(a_wrong_key_is_401_whether_keys_are_required_or_not)
{
    auto const revoked = make("default", key_permissions::read_write); // the ring, which looks hourly, does not know it
    for (bool const required : {false, true}) {
        for (auto const& wrong : {revoked, std::string("sk-helicone-abc"), std::string("nonsense"), full + "x"})
            BOOST_TEST(told("Bearer " + wrong, required) == "401 No API key found");
        for (auto const* wrong : {"Bearer", "Bearer ", "Basic c2s6", "Bearer a b"})
            BOOST_TEST_CONTEXT(wrong) BOOST_TEST(told(wrong, required).starts_with("401 "));
        BOOST_TEST(told("Basic " + full, required) == "401 Invalid auth header format");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::api
