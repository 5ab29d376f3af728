#include "storage/file_lock.hpp"

#include "tests/support/temp_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(file_locks)

BOOST_AUTO_TEST_CASE(a_database_is_for_one_holder_at_a_time)
{
    test::temp_folder const folder;
    auto const path = folder.file("weir.db");

    auto first = file_lock::take(path);
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(std::filesystem::exists(path));
    BOOST_TEST((file_lock::take(path).error() == errc::busy));

    {
        auto const moved = std::move(*first);
        BOOST_TEST((file_lock::take(path).error() == errc::busy));
    }
    BOOST_TEST(file_lock::take(path).has_value());
}

BOOST_AUTO_TEST_CASE(where_no_file_can_be_there_is_no_lock)
{
    test::temp_folder const folder;

    BOOST_TEST((file_lock::take(folder.file("missing/weir.db")).error() == errc::io));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
