pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The ward's alerts of this shift against its budget, who has most, and what rules in shadow say.
FocusScope {
    id: page

    required property TodayModel today
    readonly property var told: page.today.texts
    readonly property bool wide: page.width > Theme.length(1000)
    readonly property bool counted: page.told.none === ""

    signal beyondRight

    focus: true
    objectName: "todayPage"

    Component.onCompleted: page.today.look()
    Component.onDestruction: page.today.lookAway()
    Keys.onDownPressed: page.scrollBy(Theme.length(120))
    Keys.onRightPressed: page.beyondRight()
    Keys.onUpPressed: page.scrollBy(-Theme.length(120))

    function scrollBy(distance: real) {
        view.contentY = Math.max(0, Math.min(view.contentHeight - view.height, view.contentY + distance));
    }

    Label {
        anchors.centerIn: parent
        color: Theme.muted
        font.pixelSize: Theme.sizeHeading
        font.weight: Theme.bold
        horizontalAlignment: Text.AlignHCenter
        objectName: "noToday"
        text: page.told.none
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
    Flickable {
        id: view

        anchors.fill: parent
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        contentHeight: body.height
        interactive: contentHeight > height
        objectName: "todayView"
        visible: page.counted

        Column {
            id: body

            spacing: 1.5 * Theme.grid
            width: view.width - (view.interactive ? 1.5 * Theme.grid : 0)

            Item {
                height: Math.max(heading.height, limit.height)
                width: parent.width

                Column {
                    id: heading

                    width: parent.width - limit.width - Theme.gap

                    Label {
                        elide: Text.ElideRight
                        font.pixelSize: Theme.sizeHeading
                        font.weight: Theme.bold
                        text: page.told.title
                        width: parent.width
                    }
                    Label {
                        color: Theme.muted
                        elide: Text.ElideRight
                        font.pixelSize: Theme.sizeLabel
                        objectName: "todaySummary"
                        tabular: true
                        text: page.told.summary
                        width: parent.width
                    }
                }
                Row {
                    id: limit

                    anchors.bottom: heading.bottom
                    anchors.right: parent.right
                    spacing: Theme.grid

                    Rectangle {
                        anchors.verticalCenter: parent.verticalCenter
                        color: Theme.ink
                        height: Theme.sizeLabel
                        width: Math.max(1, Theme.length(2))
                    }
                    Label {
                        font.pixelSize: Theme.sizeLabel
                        objectName: "todayLimit"
                        tabular: true
                        text: page.told.limit
                    }
                }
            }
            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                objectName: "todayOver"
                tabular: true
                text: page.told.over
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
            Grid {
                id: bars

                readonly property int across: Math.max(2, Math.floor(width / Theme.length(220)))

                columnSpacing: 2 * Theme.grid
                columns: bars.across
                flow: Grid.TopToBottom
                rows: Math.ceil(each.count / bars.across)
                width: parent.width

                Repeater {
                    id: each

                    model: page.today.beds

                    delegate: TodayBar {
                        limit: page.today.limit
                        objectName: "bar-" + number
                        width: Math.floor((bars.width - (bars.across - 1) * bars.columnSpacing) / bars.across)
                    }
                }
            }
            Rectangle {
                color: Theme.line
                height: Theme.hairline
                width: parent.width
            }
            Column {
                spacing: Theme.grid / 2
                width: parent.width

                Label {
                    font.pixelSize: Theme.sizeLabel
                    font.weight: Theme.bold
                    text: page.told.patients
                    width: parent.width
                }
                Label {
                    color: Theme.muted
                    font.pixelSize: Theme.sizeSmall
                    objectName: "noLoaded"
                    text: page.told.noPatients
                    visible: text !== ""
                    width: parent.width
                    wrapMode: Text.Wrap
                }
                Repeater {
                    model: page.today.patients

                    delegate: TodayPatient {
                        width: body.width

                        onAsked: page.today.ask(key)
                    }
                }
            }
            Grid {
                id: tables

                // What rules say is long; shifts are short.
                readonly property real first: page.wide ? Math.round(0.58 * (width - columnSpacing)) : width

                columnSpacing: 3 * Theme.grid
                columns: page.wide ? 2 : 1
                rowSpacing: 2 * Theme.grid
                width: parent.width

                TodayTable {
                    heads: page.told.shadowHeads
                    none: page.told.noShadow
                    objectName: "todayShadow"
                    rows: page.today.shadow
                    title: page.told.shadow
                    width: tables.first
                }
                TodayTable {
                    heads: page.told.shiftHeads
                    objectName: "todayShifts"
                    rows: page.today.shifts
                    title: page.told.shifts
                    width: page.wide ? tables.width - tables.columnSpacing - tables.first : tables.width
                }
            }
        }
    }
    // How much there is and where one stands; only where it scrolls.
    Rectangle {
        color: Theme.dashed
        height: Math.max(4 * Theme.grid, view.height * view.visibleArea.heightRatio)
        radius: width / 2
        visible: page.counted && view.interactive
        width: Theme.grid / 2
        x: page.width - width
        y: view.height * view.visibleArea.yPosition
    }
}
