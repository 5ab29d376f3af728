#include "storage/mapped_files.hpp"

#include "storage/collect.hpp"
#include "storage/file_mapping.hpp"
#include "storage/query_threads.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/temp_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <unistd.h>

namespace asio = boost::asio;

/// Databases are mapped for their readers, who see what others write, and outlive what is cut off.
namespace weir::storage
{
namespace
{

constexpr std::size_t page = 4096;

/// A file of some pages of 'x', open for reading.
struct mapped_pages {
    explicit mapped_pages(std::size_t pages)
        : path(folder.write("pages", std::string(pages * page, 'x')))
        , file(::open(path.c_str(), O_RDONLY | O_CLOEXEC))
    {
    }
    mapped_pages(mapped_pages const&) = delete;
    mapped_pages& operator=(mapped_pages const&) = delete;
    ~mapped_pages() { ::close(file); }

    test::temp_folder folder;
    std::string path;
    int file;
};

char at(file_mapping const& map, std::size_t place) { return static_cast<char>(map.begin()[place]); }

bool is_mapped(std::string const& path)
{
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);)
        if (line.ends_with(path)) return true;
    return false;
}

/// A database with a table of a few hundred pages, and a reader of it.
struct read_database : fresh_database {
    std::optional<connection> reader;

    read_database()
    {
        BOOST_REQUIRE(db.execute_script("CREATE TABLE big (content BLOB)").has_value());
        add(200);
        reader.emplace(opened());
    }

    void add(int rows)
    {
        for (int n = 0; n < rows; ++n)
            BOOST_REQUIRE(db.execute("INSERT INTO big VALUES (randomblob(20000))").has_value());
        BOOST_REQUIRE(db.checkpoint().has_value());
    }

    connection opened() const
    {
        auto made = connection::open(path, connection::mode::read_only);
        BOOST_REQUIRE(made.has_value());
        BOOST_REQUIRE(made->execute_script("PRAGMA mmap_size=1").has_value());
        return std::move(*made);
    }

    /// All bytes of the table are read for it.
    static result<std::int64_t> sum(connection& of)
    {
        return first_value<std::int64_t>(of.query("SELECT sum(instr(content,x'00')) FROM big"));
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(mapped_files_of_databases)

BOOST_AUTO_TEST_CASE(a_file_is_mapped_once_and_again_when_it_is_too_large)
{
    mapped_pages const pages(3);
    auto const first = file_mapping::of(pages.file, 3 * page);
    BOOST_TEST_REQUIRE(first);
    BOOST_TEST(at(*first, 3 * page - 1) == 'x');
    BOOST_TEST(first == file_mapping::of(pages.file, page));

    auto const larger = file_mapping::of(pages.file, first->length() + 1);
    BOOST_TEST_REQUIRE(larger);
    BOOST_TEST(larger != first);
    BOOST_TEST(larger->length() > first->length());
    BOOST_TEST(at(*first, 0) == at(*larger, 0));
}

BOOST_AUTO_TEST_CASE(what_a_file_grows_by_is_there)
{
    mapped_pages const pages(1);
    auto const map = file_mapping::of(pages.file, page);
    BOOST_TEST_REQUIRE(map);
    std::ofstream(pages.path, std::ios::app) << std::string(page, 'y');
    BOOST_TEST(at(*map, 2 * page - 1) == 'y');
    BOOST_TEST(!map->has_failed());
}

BOOST_AUTO_TEST_CASE(what_was_cut_off_reads_as_zeros_and_is_told)
{
    mapped_pages const pages(4);
    auto const map = file_mapping::of(pages.file, 4 * page);
    BOOST_TEST_REQUIRE(map);
    BOOST_REQUIRE(::truncate(pages.path.c_str(), page) == 0);
    BOOST_TEST(at(*map, 0) == 'x');
    BOOST_TEST(!map->has_failed());
    BOOST_TEST(at(*map, 2 * page) == '\0');
    BOOST_TEST(map->has_failed());

    auto const next = file_mapping::of(pages.file, page);
    BOOST_TEST_REQUIRE(next);
    BOOST_TEST(next != map);
    BOOST_TEST(!next->has_failed());
}

BOOST_AUTO_TEST_CASE(more_files_than_are_watched_are_not_mapped)
{
    std::vector<std::unique_ptr<mapped_pages>> files;
    std::vector<std::shared_ptr<file_mapping const>> maps;
    constexpr std::size_t most = 1000;
    while (maps.size() < most) {
        files.push_back(std::make_unique<mapped_pages>(1));
        auto map = file_mapping::of(files.back()->file, page);
        if (!map) break;
        maps.push_back(std::move(map));
    }
    BOOST_TEST(maps.size() > 1U);
    BOOST_TEST(maps.size() < most);
    maps.pop_back();
    BOOST_TEST(file_mapping::of(files.back()->file, page));
}

BOOST_FIXTURE_TEST_CASE(a_reader_has_the_database_mapped_and_sees_what_others_write, read_database)
{
    BOOST_TEST(sum(*reader).value() == sum(db).value());
    BOOST_TEST(is_mapped(path));
    for (int n = 0; n < 3; ++n) {
        add(100);
        BOOST_TEST(sum(*reader).value() == sum(db).value());
        BOOST_REQUIRE(db.execute("UPDATE big SET content=randomblob(20000) WHERE rowid%7=?1", n).has_value());
        BOOST_TEST(sum(*reader).value() == sum(db).value());
        BOOST_REQUIRE(db.checkpoint().has_value());
        BOOST_TEST(sum(*reader).value() == sum(db).value());
    }
    BOOST_TEST(is_mapped(path));
    reader.reset();
    BOOST_TEST(!is_mapped(path));
}

BOOST_FIXTURE_TEST_CASE(without_the_pragma_nothing_is_mapped, read_database)
{
    reader.reset();
    auto plain = connection::open(path, connection::mode::read_only);
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(sum(*plain).value() == sum(db).value());
    BOOST_TEST(!is_mapped(path));
}

BOOST_FIXTURE_TEST_CASE(a_snapshot_stays_as_it_is_while_others_write_and_move_the_log, read_database)
{
    BOOST_REQUIRE(reader->execute("BEGIN").has_value());
    auto const before = sum(*reader).value();
    BOOST_REQUIRE(db.execute("UPDATE big SET content=x'00'").has_value());
    BOOST_REQUIRE(db.checkpoint().has_value());
    add(50);
    BOOST_TEST(sum(*reader).value() == before);
    BOOST_REQUIRE(reader->execute("COMMIT").has_value());
    BOOST_TEST(sum(*reader).value() == sum(db).value());
    BOOST_TEST(sum(db).value() != before);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_is_cut_off_fails_its_readers_and_nothing_else, read_database)
{
    BOOST_TEST(sum(*reader).has_value());
    auto const other_path = folder.file("other.db");
    auto other = connection::open(other_path, connection::mode::create);
    BOOST_REQUIRE(other.has_value());
    BOOST_REQUIRE(::truncate(path.c_str(), static_cast<off_t>(16 * page)) == 0);
    BOOST_TEST(!sum(*reader).has_value());
    BOOST_TEST(!sum(*reader).has_value());
    BOOST_TEST(has_misread(reader->handle()));
    BOOST_TEST(other->execute_script("CREATE TABLE fine (n)").has_value());
}

BOOST_FIXTURE_TEST_CASE(what_sqlite_takes_for_content_though_it_was_cut_off_fails_the_question, read_database)
{
    reader.reset();
    auto const page_count = [this] { return first_value<std::int64_t>(db.query("PRAGMA page_count")).value(); };
    BOOST_REQUIRE(
        db.execute_script("CREATE TABLE first (content BLOB); CREATE TABLE second (content BLOB)").has_value());
    BOOST_REQUIRE(db.execute("INSERT INTO first VALUES (?1)", blob{std::string(30'000, 'x')}).has_value());
    auto const pages = page_count(); // of which the last one is the content's last
    BOOST_REQUIRE(db.execute("INSERT INTO second VALUES (?1)", blob{std::string(30'000, 'x')}).has_value());
    BOOST_TEST(page_count() > pages);
    BOOST_REQUIRE(db.checkpoint().has_value());

    query_threads threads(path, connection::mode::read_only, 1, 1);
    asio::io_context loop;
    auto const first_zero = [&] {
        result<std::int64_t> answer = -1;
        asio::co_spawn(
            loop,
            [&]() -> asio::awaitable<void> {
                auto const done = co_await threads.run(
                    [&](connection& on) {
                        answer = first_value<std::int64_t>(on.query("SELECT instr(content,x'00') FROM first"));
                    },
                    query_threads::clock::now() + std::chrono::seconds(60));
                if (!done) answer = done.error();
            },
            asio::detached);
        loop.run();
        loop.restart();
        return answer;
    };
    BOOST_TEST(first_zero().value() == 0);
    auto const page_size = first_value<std::int64_t>(db.query("PRAGMA page_size")).value();
    BOOST_REQUIRE(::truncate(path.c_str(), static_cast<off_t>((pages - 1) * page_size)) == 0);
    BOOST_TEST(first_zero().error() == make_error_code(errc::io));
    BOOST_TEST(first_zero().has_value()); // by another connection, as the file is now
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_gets_a_descriptor_of_another_has_it_mapped_too, read_database)
{
    auto second = std::make_optional(opened());
    BOOST_TEST(sum(*second).has_value());
    second.reset(); // SQLite keeps its descriptor while others have locks
    reader.reset();
    BOOST_TEST(!is_mapped(path));
    auto third = opened();
    BOOST_TEST(sum(third).value() == sum(db).value());
    BOOST_TEST(is_mapped(path));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace weir::storage
