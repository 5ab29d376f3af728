#include "storage/uuid.hpp"

#include <boost/test/unit_test.hpp>

namespace weir::storage
{

BOOST_AUTO_TEST_SUITE(uuids)

BOOST_AUTO_TEST_CASE(versions_1_to_5_and_7_are_read_in_any_case_and_told_in_lower_case)
{
    for (std::string const good : {"00000000-0000-1000-8000-000000000000", "6f1c2e1a-3b4d-2e5f-8a9b-0c1d2e3f4a5b",
                                   "6f1c2e1a-3b4d-3e5f-9a9b-0c1d2e3f4a5b", "6F1C2E1A-3B4D-4E5F-AA9B-0C1D2E3F4A5B",
                                   "6f1c2e1a-3b4d-5e5f-ba9b-0c1d2e3f4a5b", "018f1c2e-1a3b-7d4e-8f8a-9b0c1d2e3f4a"}) {
        auto const id = uuid::parse(good);
        BOOST_REQUIRE(id.has_value());
        auto lower = good;
        for (auto& c : lower) c = static_cast<char>(std::tolower(c));
        BOOST_TEST(id->text() == lower);
        BOOST_TEST((uuid::parse(id->text()) == id));
    }
}

BOOST_AUTO_TEST_CASE(everything_else_is_refused)
{
    for (std::string_view const bad : {"", "6f1c2e1a3b4d4e5f8a9b0c1d2e3f4a5b", "{6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b}",
                                       "6f1c2e1a-3b4d-0e5f-8a9b-0c1d2e3f4a5b", "6f1c2e1a-3b4d-6e5f-8a9b-0c1d2e3f4a5b",
                                       "6f1c2e1a-3b4d-8e5f-8a9b-0c1d2e3f4a5b", "6f1c2e1a-3b4d-4e5f-7a9b-0c1d2e3f4a5b",
                                       "6f1c2e1a-3b4d-4e5f-ca9b-0c1d2e3f4a5b", "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5",
                                       "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5b0", "6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5g",
                                       "6f1c2e1a-3b4d-4e5f-8a9b+0c1d2e3f4a5b", "00000000-0000-0000-0000-000000000000",
                                       " 6f1c2e1a-3b4d-4e5f-8a9b-0c1d2e3f4a5"})
        BOOST_TEST_CONTEXT(bad) BOOST_TEST(!uuid::parse(bad).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
