pragma ComponentBehavior: Bound

import QtQuick
import "../components"
import "../theme"

// The pages that work, below everything.
Rectangle {
    id: strip

    property string shown
    // The page of work by its name, with how much there is of it.
    property string tasks
    // The page of the ward's alerts by its name.
    property string today

    signal chosen(page: string)

    color: Theme.surface
    height: Theme.touchStaff + 3 * Theme.grid

    Rectangle {
        color: Theme.line
        height: Theme.hairline
        width: parent.width
    }
    Row {
        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.gap

        TouchButton {
            height: Theme.touchStaff + Theme.grid
            iconName: "view-grid"
            kind: strip.shown === "board" ? "soft" : "bare"
            objectName: "pageBoard"
            text: qsTr("Beds")

            onActivated: strip.chosen("board")
        }
        TouchButton {
            height: Theme.touchStaff + Theme.grid
            iconName: "clipboard-check-outline"
            kind: strip.shown === "tasks" ? "soft" : "bare"
            objectName: "pageTasks"
            text: strip.tasks

            onActivated: strip.chosen("tasks")
        }
        TouchButton {
            height: Theme.touchStaff + Theme.grid
            iconName: "chart-line"
            kind: strip.shown === "today" ? "soft" : "bare"
            objectName: "pageToday"
            text: strip.today

            onActivated: strip.chosen("today")
        }
        TouchButton {
            height: Theme.touchStaff + Theme.grid
            iconName: "monitor-dashboard"
            kind: strip.shown === "links" ? "soft" : "bare"
            objectName: "pageLinks"
            text: qsTr("Screens and links")

            onActivated: strip.chosen("links")
        }
        TouchButton {
            height: Theme.touchStaff + Theme.grid
            iconName: "shield-account-outline"
            kind: strip.shown === "names" ? "soft" : "bare"
            objectName: "pageNames"
            text: qsTr("What may be shown")

            onActivated: strip.chosen("names")
        }
    }
}
