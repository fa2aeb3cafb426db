pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// The ward's test calls: what failed and why comes first, then how long the road took.
FocusScope {
    id: page

    required property DrillModel drill
    readonly property var told: page.drill.texts
    readonly property bool wide: page.width > Theme.length(1000)

    signal beyondRight

    focus: true
    objectName: "drillPage"

    Keys.onDownPressed: page.scrollBy(Theme.length(120))
    Keys.onRightPressed: page.beyondRight()
    Keys.onUpPressed: page.scrollBy(-Theme.length(120))

    function scrollBy(distance: real) {
        view.contentY = Math.max(0, Math.min(view.contentHeight - view.height, view.contentY + distance));
    }

    Item {
        id: top

        height: Math.max(heading.height, verbs.height)
        width: parent.width

        Column {
            id: heading

            spacing: Theme.grid / 2
            width: parent.width - verbs.width - Theme.gap

            Label {
                elide: Text.ElideRight
                font.pixelSize: Theme.sizeHeading
                font.weight: Theme.bold
                text: page.told.title
                width: parent.width
            }
            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.semibold
                objectName: "drillResult"
                tabular: true
                text: page.told.result
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                objectName: "drillSummary"
                tabular: true
                text: page.told.summary
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
            Label {
                color: Theme.muted
                font.pixelSize: Theme.sizeLabel
                objectName: "drillHint"
                text: page.told.hint
                visible: text !== ""
                width: parent.width
                wrapMode: Text.Wrap
            }
        }
        Row {
            id: verbs

            anchors.right: parent.right

            TouchButton {
                iconName: "play-circle-outline"
                objectName: "drillStart"
                text: page.told.start
                visible: text !== ""

                onActivated: page.drill.start()
            }
            TouchButton {
                iconName: "stop-circle-outline"
                objectName: "drillStop"
                text: page.told.stop
                visible: text !== ""

                onActivated: page.drill.stop()
            }
        }
    }
    Label {
        anchors.top: top.bottom
        anchors.topMargin: 3 * Theme.grid
        color: Theme.muted
        font.pixelSize: Theme.sizeBody
        objectName: "noDrill"
        text: page.told.none
        visible: text !== ""
        width: parent.width
        wrapMode: Text.Wrap
    }
    Flickable {
        id: view

        anchors.bottom: parent.bottom
        anchors.left: parent.left
        anchors.right: parent.right
        anchors.top: top.bottom
        anchors.topMargin: 1.5 * Theme.grid
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        contentHeight: body.height
        interactive: contentHeight > height
        objectName: "drillView"
        visible: page.told.none === ""

        Column {
            id: body

            spacing: 1.5 * Theme.grid
            width: view.width - (view.interactive ? 1.5 * Theme.grid : 0)

            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                text: page.told.failures
                visible: text !== ""
                width: parent.width
            }
            Grid {
                id: failures

                columnSpacing: Theme.gap
                columns: page.wide ? 2 : 1
                rowSpacing: Theme.gap
                visible: page.told.failures !== ""
                width: parent.width

                Repeater {
                    model: page.drill.failed

                    delegate: DrillLine {
                        objectName: "failed-" + number
                        width: Math.floor((failures.width - (failures.columns - 1) * failures.columnSpacing) / failures.columns)
                    }
                }
            }
            Flow {
                spacing: 3 * Theme.grid
                width: parent.width

                Repeater {
                    model: page.drill.figures

                    delegate: Column {
                        id: figure

                        required property string key
                        required property string name
                        required property string median
                        required property string most

                        objectName: "leg-" + figure.key

                        Row {
                            spacing: Theme.grid / 2

                            // The same ground as this part has in the bars below.
                            Rectangle {
                                anchors.verticalCenter: parent.verticalCenter
                                color: figure.key === "reach" ? Theme.line : figure.key === "send" ? Theme.dashed : Theme.brand
                                height: width
                                visible: figure.key === "reach" || figure.key === "send" || figure.key === "show"
                                width: Math.round(0.7 * Theme.sizeSmall)
                            }
                            Label {
                                color: Theme.muted
                                font.pixelSize: Theme.sizeSmall
                                text: figure.name
                            }
                        }
                        Label {
                            font.pixelSize: Theme.sizeBody
                            font.weight: Theme.bold
                            tabular: true
                            text: figure.median
                        }
                        Label {
                            color: Theme.muted
                            font.pixelSize: Theme.sizeSmall
                            tabular: true
                            text: page.told.most + " " + figure.most
                        }
                    }
                }
            }
            Label {
                font.pixelSize: Theme.sizeLabel
                font.weight: Theme.bold
                objectName: "drillPassed"
                tabular: true
                text: page.told.passed
                visible: text !== ""
                width: parent.width
            }
            Grid {
                id: bars

                readonly property int across: Math.max(2, Math.floor(width / Theme.length(300)))

                columnSpacing: 2 * Theme.grid
                columns: bars.across
                flow: Grid.TopToBottom
                rows: Math.max(1, Math.ceil(each.count / bars.across))
                width: parent.width

                Repeater {
                    id: each

                    model: page.drill.passed

                    delegate: DrillBar {
                        objectName: "passed-" + number
                        width: Math.floor((bars.width - (bars.across - 1) * bars.columnSpacing) / bars.across)
                    }
                }
            }
        }
    }
    // How much there is and where one stands; only where it scrolls.
    Rectangle {
        color: Theme.dashed
        height: Math.max(4 * Theme.grid, view.height * view.visibleArea.heightRatio)
        radius: width / 2
        visible: view.visible && view.interactive
        width: Theme.grid / 2
        x: page.width - width
        y: view.y + view.height * view.visibleArea.yPosition
    }
}
