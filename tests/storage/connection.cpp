#include "storage/connection.hpp"

#include "tests/support/sample_database.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sys/resource.h>

namespace weir::storage
{
namespace
{

/// Files that this process writes may have no more than so many bytes while this lives.
class small_files
{
public:
    explicit small_files(rlim_t most)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit const now{most, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    small_files(small_files const&) = delete;
    small_files& operator=(small_files const&) = delete;
    ~small_files() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(connections, fresh_database)

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_is_a_full_disk)
{
    BOOST_REQUIRE(db.execute("CREATE TABLE big (content BLOB)").has_value());
    {
        small_files const kept(1024 * 1024);
        auto const done = db.execute("INSERT INTO big VALUES (randomblob(8000000))");
        BOOST_REQUIRE(!done.has_value());
        BOOST_TEST(done.error() == make_error_code(errc::full), done.error().message() << ", " << db.message());
    }
    BOOST_TEST(db.execute("INSERT INTO big VALUES (randomblob(8000000))").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
