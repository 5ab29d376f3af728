#include "storage/checkpointer.hpp"

#include "storage/connection.hpp"

#include <optional>

namespace weir::storage
{

checkpointer::checkpointer(std::string path)
    : path_(std::move(path))
{
}

checkpointer::~checkpointer() { stop(); }

void checkpointer::start()
{
    thread_ = std::thread([this] { run(); });
}

void checkpointer::stop()
{
    if (!thread_.joinable()) return;
    stopping_ = true;
    priority_.raise();
    if (!running_.exchange(true)) wanted_.release();
    thread_.join();
}

void checkpointer::begin(bool urgent)
{
    urgent_ = urgent;
    if (urgent) priority_.raise();
    if (!running_.exchange(true)) wanted_.release();
}

void checkpointer::run()
{
    priority_.begin();
    std::optional<connection> db;
    while (!stopping_) {
        wanted_.acquire();
        if (stopping_) return;
        if (!db) {
            auto opened = connection::open(path_, connection::mode::read_write);
            if (opened) db.emplace(std::move(*opened));
        }
        if (!urgent_) priority_.lower();
        // A failure is the store's trouble, which the next commit meets and tells.
        if (!db || !db->checkpoint()) db.reset();
        priority_.raise();
        running_ = false;
        ended_ = true;
    }
}

} // namespace weir::storage
